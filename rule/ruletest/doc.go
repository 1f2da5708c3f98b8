// Package ruletest runs detection rules against event fixtures: from go test with Run, and behind "rulevet test" with
// Execute.
//
// The fixtures of <dir>/<stem>.toml live in testdata/<stem>/, beside the rule and in each parent up to the root of the
// file system. They are
//
//   - match*.json or .ndjson: captured events in which the query must match at least once;
//   - nomatch*: events in which it must never match;
//   - <stem>.golden.json beside an event file: exactly what matches, by position;
//   - cases.toml: variations of such events, and sequences put together from them.
//
// An event file holds a document, an array, NDJSON, a search response, an EQL search response or bulk lines, plain or
// compressed with gzip or zstd; keys may be nested or dotted, and "_source" is unwrapped. A bulk update gives its "doc",
// else its "upsert"; deletes and updates by script hold no document.
//
// A case of cases.toml is a table [[case]] with
//
//   - name: what failures call it, unique for the rule;
//   - base: an event file beside cases.toml or in another fixture folder of the rule; one event or many;
//   - record: takes one event of base, by position from 0;
//   - set, unset: fields to change in all events, unset first. A table sets the members it names;
//   - event: instead of base, an inline table with the one event; or [[case.event]] tables, each with base, record or an
//     inline event, set and unset of its own, and at, the time from the first event ("+5s", "-1m30s", "+2d");
//   - match: true (at least once), false (never), or how often; or
//   - want: exactly what matches, a list of event positions for each match; -1 is a missing event;
//   - completion: what the model answers that the query asks: a text for all prompts, or tables as in completion.json;
//   - synthetic: true marks events that were made up.
//
// What a query reads beside events lies in the fixture folder as well, or in the testdata folder around it for all rules; the
// nearest file counts:
//
//   - lookup/<index>.ndjson: the documents of the index of a LOOKUP JOIN, in any of the forms of events;
//   - enrich/<policy>.ndjson: those of an ENRICH policy. <policy>.policy.json beside it is its definition as Elasticsearch takes
//     it; without one it matches by the field that is called like the column, or by the one that WITH leaves over;
//   - <name>.mapping.json beside either: the mapping of the index; without one types are those of ECS, or else of the values;
//   - <case>.completion.json beside an event file: what the model answers to COMPLETION in that case; completion.json (in the folder
//     of the rule only): in all others. A text answers all prompts; of a list [{"prompt": "part of it", "answer": "…"}] the first
//     entry whose prompt stands in the one asked, or that has none. A case that asks and gets no answer is not checked.
//
// How good the cases of a rule are is measured in two ways. Coverage counts the conditions that events made true and
// false. The mutation score (Options.Mutate, package mutation) counts the small changes of the query that a case notices. For
// what is missing, Options.Suggest makes cases up: from an event that matches it changes as little as it can (package
// witness), or an event of its own where there is none, and keeps what the evaluator confirms. A suggestion passes, and
// shows what it is for; Unsuggested counts what it found nothing for.
//
// The package knows event documents and what a case wants; the evaluator is package eql/eval unless Options.Compile
// names another. The cases of a rule in another language than EQL are reported as not checked; those of a rule that is
// broken (the TOML, the query) fail.
package ruletest
