package gen

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/schema/internal/blob"
)

// generated is the output of one run.
type generated struct{ catalog, provenance []byte }

// builder collects what goes into the catalog.
type builder struct {
	facts      fs.FS
	list       []blob.Table
	extra      []blob.Text
	names      []string // names that only texts use
	upstream   []upstream
	ecs        map[string]string // types of the newest ECS
	provenance bytes.Buffer
}

// tables reads every file that sources.tsv lists, and refuses a folder with a table that it does not list.
func (b *builder) tables() error {
	sources, err := b.read("sources.tsv", 7)
	if err != nil {
		return err
	}
	b.provenance.WriteString("file\trows\trepository\tversion\tcommit\tpath\tlicence\tsha256\n")
	listed := map[string]bool{}
	for _, s := range sources {
		listed[s[0]] = true
		data, err := fs.ReadFile(b.facts, s[0])
		if err != nil {
			return err
		}
		tables, err := readTables(s[0], s[3], data)
		if err != nil {
			return err
		}
		if b.replaced(tableName(s[0])) {
			continue
		}
		b.list = append(b.list, tables...)
		fmt.Fprintf(&b.provenance, "%s\t%x\n", strings.Join(s, "\t"), sha256.Sum256(data))
	}
	return b.unlisted(listed)
}

func (b *builder) unlisted(listed map[string]bool) error {
	return fs.WalkDir(b.facts, "integrations", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !listed[name] {
			err = fmt.Errorf("%s is not listed in sources.tsv", name)
		}
		return err
	})
}

// readTables turns one file into tables: non-ecs.tsv holds one for each index pattern, every other file is one.
func readTables(file, version string, data []byte) ([]blob.Table, error) {
	lines, err := splitTSV(file, data, 3)
	if err != nil {
		return nil, err
	}
	name, version := tableName(file), cleanVersion(file, version)
	if name != "non-ecs" {
		t := blob.Table{Name: name, Version: version}
		for _, l := range lines {
			t.Rows = append(t.Rows, blob.Row{Field: l[0], Type: l[1], Flags: dropUnused(l[2])})
		}
		return []blob.Table{t}, nil
	}
	byPattern := map[string][]blob.Row{}
	for _, l := range lines {
		byPattern[l[0]] = append(byPattern[l[0]], blob.Row{Field: l[1], Type: l[2]})
	}
	var out []blob.Table
	for p, rows := range byPattern {
		out = append(out, blob.Table{Name: "non-ecs/" + p, Rows: rows})
	}
	return out, nil
}

// dropUnused removes flags that say only where a row was found.
func dropUnused(flags string) string {
	list := strings.Split(flags, ",")
	list = slices.DeleteFunc(list, func(f string) bool {
		return strings.HasPrefix(f, "extra=") || f == "external=ecs"
	})
	return strings.Join(list, ",")
}

// tableName maps a file to the name of its table: ecs/9.5.0, beat/winlogbeat, integration/okta.system,
// endpoint-8.15.0/endpoint.process, endgame, endpoint-custom.
func tableName(file string) string {
	dir, base := path.Split(strings.TrimSuffix(file, ".tsv"))
	stem, version, _ := strings.Cut(base, "-")
	switch {
	case dir == "integrations/":
		return "integration/" + base
	case dir != "":
		return dir + base
	case stem == "ecs":
		return "ecs/" + version
	case strings.HasSuffix(stem, "beat"):
		return "beat/" + stem
	case stem == "endgame":
		return "endgame"
	}
	return base
}

// cleanVersion cuts the name of what has the version: "okta 2.11.0 + newer fields.yml" is 2.11.0.
func cleanVersion(file, version string) string {
	stem, _, _ := strings.Cut(path.Base(file), ".")
	version = strings.TrimPrefix(version, stem+" ")
	for _, p := range []string{"ECS ", "Beats ", "Endgame ", "v"} {
		version = strings.TrimPrefix(version, p)
	}
	version, _, _ = strings.Cut(version, " + ")
	if strings.HasPrefix(version, "Filebeat ") {
		return "Filebeat 9.5.0"
	}
	return version
}

// texts reads what is not a table of fields.
func (b *builder) texts(stacks []byte) error {
	lines, err := splitTSV("stacks.tsv", stacks, 4)
	if err != nil {
		return err
	}
	b.text("stacks", lines, 0, 1, 2, 3)
	if lines, err = b.read("packages.tsv", 7); err != nil {
		return err
	}
	b.text("packages", lines, 0, 6)
	if lines, err = b.read("eql-field-use.tsv", 5); err != nil {
		return err
	}
	b.text("use", lines, 0, 1)
	return b.events()
}

// events reads the documented events of Elastic Defend: a text with their properties, and for each event a table of the
// fields it can carry. In the source a field lists its events; "process.linux.*" stands for every event of that prefix.
func (b *builder) events() error {
	lines, err := b.read("endpoint-events.tsv", 8)
	if err != nil {
		return err
	}
	b.text("events", lines, 0, 1, 2, 3, 4, 5, 7)
	rows := map[string][]blob.Row{}
	fields, err := b.read("endpoint-event-fields.tsv", 2)
	if err != nil {
		return err
	}
	for _, f := range fields {
		for ref := range strings.SplitSeq(f[1], ",") {
			n := 0
			prefix, wild := strings.CutSuffix(ref, "*")
			for _, l := range lines {
				if l[0] == ref || wild && strings.HasPrefix(l[0], prefix) {
					rows[l[0]] = append(rows[l[0]], blob.Row{Field: f[0]})
					n++
				}
			}
			if n == 0 {
				return fmt.Errorf("endpoint-event-fields.tsv: %s: no event %q", f[0], ref)
			}
		}
	}
	for slug, r := range rows {
		b.list = append(b.list, blob.Table{Name: "event/" + slug, Rows: r})
	}
	return b.hashes("packages.tsv", "endpoint-events.tsv", "endpoint-event-fields.tsv", "eql-field-use.tsv", "non-ecs.tsv")
}

// hashes adds files without a line in sources.tsv to the provenance.
func (b *builder) hashes(files ...string) error {
	for _, name := range files {
		if bytes.Contains(b.provenance.Bytes(), []byte("\n"+name+"\t")) {
			continue
		}
		data, err := fs.ReadFile(b.facts, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b.provenance, "%s\t%d\tderived\t\t\t\t\t%x\n", name, bytes.Count(data, []byte("\n"))-1, sha256.Sum256(data))
	}
	return nil
}

// text keeps some columns of lines as a text of the catalog.
func (b *builder) text(name string, lines [][]string, columns ...int) {
	var s strings.Builder
	for _, l := range lines {
		for i, c := range columns {
			if i > 0 {
				s.WriteByte('\t')
			}
			s.WriteString(l[c])
		}
		s.WriteByte('\n')
	}
	b.extra = append(b.extra, blob.Text{Name: name, Body: s.String()})
}

func (b *builder) read(name string, columns int) ([][]string, error) {
	data, err := fs.ReadFile(b.facts, name)
	if err != nil {
		return nil, err
	}
	return splitTSV(name, data, columns)
}

// splitTSV splits a table and drops its header line. Missing trailing cells are empty.
func splitTSV(name string, data []byte, columns int) ([][]string, error) {
	var out [][]string
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		cells := strings.Split(line, "\t")
		if len(cells) > columns && columns < 5 || cells[0] == "" {
			return nil, fmt.Errorf("%s:%d: want at most %d cells, the first not empty: %q", name, i+1, columns, line)
		}
		for len(cells) < columns {
			cells = append(cells, "")
		}
		if i > 0 {
			out = append(out, cells)
		}
	}
	return out, nil
}

func (b *builder) encode() (*generated, error) {
	// Lists of names that need a look of their own, so that a reader need not search the tables for them.
	b.keep("stars", func(r blob.Row) bool { return strings.Contains(r.Field, "*") })
	b.keep("nested", func(r blob.Row) bool { return r.Type == "nested" })
	catalog, err := blob.Encode(b.list, b.extra, b.names)
	if err != nil {
		return nil, err
	}
	seal(&b.provenance, catalog)
	return &generated{catalog, b.provenance.Bytes()}, nil
}

// keep adds a text of the names, one a line, that some row chosen by pick has.
func (b *builder) keep(name string, pick func(blob.Row) bool) {
	var list []string
	for _, t := range b.list {
		for _, r := range t.Rows {
			if pick(r) {
				list = append(list, r.Field)
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	b.extra = append(b.extra, blob.Text{Name: name, Body: strings.Join(list, "\n") + "\n"})
}
