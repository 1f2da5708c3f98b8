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
)

// Main is the generator as a command; run.go starts it.
func Main() {
	facts := flag.String("facts", "", "`folder` with the sources")
	out := flag.String("out", "mitre/data", "`folder` for the tables")
	flag.Parse()
	if *facts == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	tables, err := generate(os.DirFS(*facts))
	if err == nil {
		err = write(*out, tables)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
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
