// Package gen writes the tables that package mitre embeds.
//
//	go run ./mitre/internal/gen/run.go -facts DIR [-out mitre/data]
//
// DIR holds any of these, in MITRE's own form or reduced (see package mitre, Read):
//
//	enterprise-VERSION.json, mobile-…, ics-…   catalogs; "enterprise-attack-VERSION.json" and so on are fine too
//	pre-attack-VERSION.json                    the retired domain, added to every ATT&CK version
//	atlas*.json, ATLAS*.yaml                   ATLAS
//	enterprise-history.json                    ids by release
//	redirects.json                             what split techniques became
//
// For each ATT&CK version with an Enterprise file it writes attack-VERSION.txt, for each ATLAS file atlas-VERSION.txt,
// the history as releases.txt, and SHA256SUMS over all of them. The same inputs give the same bytes.
package gen

import (
	"flag"
	"fmt"
	"os"

	"github.com/rulevet/rulevet/internal/facts"
)

// Main is the generator as a command; run.go starts it.
func Main() {
	folder := flag.String("facts", "", "`folder` with the sources")
	out := flag.String("out", "mitre/data", "`folder` for the tables")
	flag.Parse()
	if *folder == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	err := run(*folder, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads a folder of sources and writes the tables; without a catalog it writes nothing.
func run(folder, out string) error {
	fsys, err := facts.Open(folder, "enterprise-*.json", "ATLAS.yaml", "atlas*")
	if err != nil {
		return err
	}
	tables, err := generate(fsys)
	if err != nil {
		return err
	}
	return write(out, tables)
}

// write replaces the tables in a folder.
func write(dir string, tables map[string][]byte) error {
	for name, b := range tables {
		if err := os.WriteFile(dir+"/"+name, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
