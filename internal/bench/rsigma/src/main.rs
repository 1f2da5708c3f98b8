//! Runs the rules of a Sigma file over NDJSON events, as rsigma's own command does: each line becomes a serde_json value, all rules
//! look at it. Prints the number of events, the seconds of loading and of the events, and for each rule how many events it matches.
//!
//!     rulevet-bench-rsigma RULES.yml EVENTS.ndjson [cross|bloom]...

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::time::Instant;

use rsigma_eval::event::JsonEvent;
use rsigma_eval::Engine;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    if args.len() < 3 {
        return Err("usage: rulevet-bench-rsigma RULES.yml EVENTS.ndjson [cross|bloom]...".into());
    }
    let begun = Instant::now();
    let rules = rsigma_parser::parse_sigma_yaml(&fs::read_to_string(&args[1])?)?;
    let mut engine = Engine::new();
    engine.add_collection(&rules)?;
    for option in &args[3..] {
        match option.as_str() {
            "cross" => engine.set_cross_rule_ac(true),
            "bloom" => engine.set_bloom_prefilter(true),
            other => return Err(format!("option {other}: expected cross or bloom").into()),
        }
    }
    let loaded = begun.elapsed();
    let mut input = BufReader::with_capacity(1 << 16, fs::File::open(&args[2])?);
    let mut line = Vec::new();
    let mut matches: BTreeMap<String, u64> = BTreeMap::new();
    let mut events = 0u64;
    while input.read_until(b'\n', &mut line)? > 0 {
        let value: serde_json::Value = serde_json::from_slice(&line)?;
        for found in engine.evaluate(&JsonEvent::borrow(&value)) {
            *matches.entry(found.header.rule_title).or_default() += 1;
        }
        events += 1;
        line.clear();
    }
    println!("{} {:.6} {:.6}", events, loaded.as_secs_f64(), (begun.elapsed() - loaded).as_secs_f64());
    for (title, n) in matches {
        println!("{title} {n}");
    }
    Ok(())
}
