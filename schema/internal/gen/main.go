// Package gen writes the embedded field catalog, schema/data/catalog.bin, and its provenance,
// schema/data/provenance.tsv, from a folder of fact tables:
//
//	go run ./schema/internal/gen/run.go -facts DIR
//
// The folder holds tab-separated tables (field, type, flags), sources.tsv (file, rows, repository, version, commit,
// path, licence), packages.tsv, endpoint-events.tsv and endpoint-event-fields.tsv. Tables in the form their projects
// publish take the place of those of the same name, so that a refresh is a matter of copying files:
//
//	ecs/VERSION/ecs_flat.yml          generated/ecs/ecs_flat.yml of elastic/ecs
//	beats/VERSION/BEAT/fields.yml     the built fields.yml of a Beat
//	packages/NAME                     packages/NAME of elastic/integrations
//	non-ecs-schema.json               etc/non-ecs-schema.json of elastic/detection-rules
//
// A new version of ECS or of the stack goes into stacks.tsv beside the catalog too. The output is a function of the
// input: the same facts give the same bytes.
package gen

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rulevet/rulevet/internal/facts"
)

// Main is the generator as a command; run.go starts it.
func Main() {
	if err := run(os.Args[1:], os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	folder := flags.String("facts", "", "folder with the fact tables")
	out := flags.String("out", "schema/data", "folder to write catalog.bin and provenance.tsv to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *folder == "" {
		return errors.New("no -facts folder given")
	}
	fsys, err := facts.Open(*folder, "sources.tsv")
	if err != nil {
		return err
	}
	stacks, err := os.ReadFile(filepath.Join(*out, "stacks.tsv"))
	if err != nil {
		return err
	}
	g, err := build(fsys, stacks)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(*out, "catalog.bin"), g.catalog, 0o644),
		os.WriteFile(filepath.Join(*out, "provenance.tsv"), g.provenance, 0o644))
}

func build(facts fs.FS, stacks []byte) (*generated, error) {
	b := &builder{facts: facts}
	if err := b.upstreams(); err != nil {
		return nil, err
	}
	if err := b.tables(); err != nil {
		return nil, err
	}
	if err := b.convert(); err != nil {
		return nil, err
	}
	if err := b.texts(stacks); err != nil {
		return nil, err
	}
	return b.encode()
}
