// Package gen makes the tables of package esql from a folder of facts about Elasticsearch's functions, operators and
// casts. If a file is missing it says so and changes nothing.
package gen

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/internal/facts"
)

// Main is the generator as a command; run.go starts it.
func Main() {
	folder := flag.String("facts", "../../shared/data/esql", "folder of the facts")
	out := flag.String("out", "tables.txt", "file to write")
	flag.Parse()
	if err := run(*folder, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen: no tables written:", err)
		os.Exit(1)
	}
}

// run makes all tables before it writes them.
func run(folder, out string) error {
	if _, err := facts.Open(folder, "functions.tsv"); err != nil {
		return err
	}
	text, err := build(folder)
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

// table is a file of facts: its rows by the names of the columns.
type table struct {
	rows [][]string
	col  map[string]int
}

func read(dir, name string, cols ...string) (*table, error) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	t := &table{col: map[string]int{}}
	for i, c := range strings.Split(lines[0], "\t") {
		t.col[c] = i
	}
	for _, c := range cols {
		if _, ok := t.col[c]; !ok {
			return nil, fmt.Errorf("%s has no column %s", name, c)
		}
	}
	for _, l := range lines[1:] {
		row := strings.Split(l, "\t")
		for len(row) < len(t.col) {
			row = append(row, "")
		}
		t.rows = append(t.rows, row)
	}
	return t, nil
}

func (t *table) get(row []string, col string) string { return row[t.col[col]] }

func build(dir string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintln(&b, "# Made by internal/gen from facts about Elasticsearch 9.5.3 (versions: 8.19.21, 9.1.3, 9.4.3, 9.5.3). Names, types and relations only.")
	for _, part := range []func(*bytes.Buffer, string) error{functions, operators, casts, names, metadata} {
		if err := part(&b, dir); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// functions writes a line F for each function, with a line A for each argument and S for each set of signatures.
func functions(b *bytes.Buffer, dir string) error {
	fs, err := read(dir, "functions.tsv", "name", "aliases", "kind", "min_args", "max_args")
	if err != nil {
		return err
	}
	args, err := read(dir, "function-args.tsv", "function", "arg", "types", "optional", "variadic", "map_options")
	if err != nil {
		return err
	}
	sigs, err := read(dir, "function-signatures.tsv", "function", "arg_types", "return_type", "constant_positions")
	if err != nil {
		return err
	}
	vers, err := read(dir, "function-versions.tsv", "function", "8.19.21", "9.1.3", "9.4.3", "9.5.3")
	if err != nil {
		return err
	}
	since := map[string]string{}
	for _, r := range vers.rows {
		mask := ""
		for _, v := range []string{"8.19.21", "9.1.3", "9.4.3", "9.5.3"} {
			mask += map[bool]string{true: "1", false: "0"}[vers.get(r, v) == "yes"]
		}
		since[r[0]] = mask
	}
	byFunc := map[string][]sig{}
	for _, r := range sigs.rows {
		s := sig{ret: sigs.get(r, "return_type"), constant: sigs.get(r, "constant_positions")}
		if a := sigs.get(r, "arg_types"); a != "" {
			s.args = strings.Split(a, ",")
		}
		byFunc[r[0]] = append(byFunc[r[0]], s)
	}
	for _, f := range fs.rows {
		name := fs.get(f, "name")
		fmt.Fprintf(b, "F\t%s\t%s\t%s\t%s\t%s\t%s\n", name, fs.get(f, "aliases"), fs.get(f, "kind"), fs.get(f, "min_args"), fs.get(f, "max_args"), since[name])
		for _, a := range args.rows {
			if a[0] != name {
				continue
			}
			flags := ""
			if args.get(a, "optional") == "true" {
				flags += "o"
			}
			if args.get(a, "variadic") == "true" {
				flags += "v"
			}
			fmt.Fprintf(b, "A\t%s\t%s\t%s\t%s\n", args.get(a, "arg"), dates(args.get(a, "types")), flags, strings.ReplaceAll(args.get(a, "map_options"), ", ", ","))
		}
		for _, line := range compress(byFunc[name]) {
			fmt.Fprintln(b, line)
		}
	}
	return nil
}

// dates names the type of a date as the signatures do.
func dates(types string) string {
	list := strings.Split(types, ",")
	for i, t := range list {
		if t == "date" {
			list[i] = "datetime"
		}
	}
	return strings.Join(list, ",")
}

// sig is one accepted list of argument types.
type sig struct {
	args          []string
	ret, constant string
}

// compress joins signatures into products of sets; "$2" as result stands for the type of the second argument.
func compress(list []sig) []string {
	type group struct {
		n        int
		constant string
	}
	groups := map[group][]sig{}
	var order []group
	for _, s := range list {
		g := group{len(s.args), s.constant}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], s)
	}
	var out []string
	for _, g := range order {
		out = append(out, shortest(groups[g], g.n, g.constant)...)
	}
	return out
}

func shortest(list []sig, n int, constant string) []string {
	var best []string
	for k := -1; k < n; k++ {
		byRet := map[string][][]string{}
		for _, s := range list {
			ret := s.ret
			if k >= 0 && s.args[k] == ret {
				ret = fmt.Sprintf("$%d", k+1)
			}
			byRet[ret] = append(byRet[ret], s.args)
		}
		var lines []string
		for ret, rows := range byRet {
			for _, p := range products(rows, n) {
				lines = append(lines, fmt.Sprintf("S\t%s\t%s\t%s", p, ret, constant))
			}
		}
		sort.Strings(lines)
		if best == nil || len(lines) < len(best) {
			best = lines
		}
	}
	return best
}

// products writes rows of types as products of sets: "keyword,text integer".
func products(rows [][]string, n int) []string {
	for i := n - 1; i >= 0; i-- {
		merged := map[string][]string{}
		var keys []string
		for _, r := range rows {
			k := strings.Join(r[:i], " ") + "|" + strings.Join(r[i+1:], " ")
			if merged[k] == nil {
				keys = append(keys, k)
				merged[k] = append([]string(nil), r...)
				continue
			}
			merged[k][i] += "," + r[i]
		}
		rows = rows[:0:0]
		for _, k := range keys {
			list := strings.Split(merged[k][i], ",")
			sort.Strings(list)
			merged[k][i] = strings.Join(list, ",")
			rows = append(rows, merged[k])
		}
	}
	var out []string
	for _, r := range rows {
		out = append(out, strings.Join(r, " "))
	}
	return out
}

// operators writes a line O for each operator, left type and result: the right types it takes.
func operators(b *bytes.Buffer, dir string) error {
	t, err := read(dir, "operator-types.tsv", "operator", "left", "right", "result")
	if err != nil {
		return err
	}
	rights := map[string][]string{}
	var keys []string
	for _, r := range t.rows {
		op := r[0]
		if op == "-" && r[2] == "" {
			op = "neg"
		}
		k := "O\t" + op + "\t" + typeName(r[1]) + "\t" + typeName(r[3])
		if rights[k] == nil {
			keys = append(keys, k)
		}
		if r[2] != "" {
			rights[k] = append(rights[k], typeName(r[2]))
		} else {
			rights[k] = append(rights[k], "null")
		}
	}
	for _, k := range keys {
		fmt.Fprintf(b, "%s\t%s\n", k, strings.Join(rights[k], ","))
	}
	return nil
}

// typeName turns the name of a mapping into that of the type.
func typeName(s string) string {
	switch s {
	case "date":
		return "datetime"
	case "point":
		return "cartesian_point"
	case "shape":
		return "cartesian_shape"
	}
	return s
}

func casts(b *bytes.Buffer, dir string) error {
	t, err := read(dir, "casts.tsv", "from", "to", "result")
	if err != nil {
		return err
	}
	from := map[string][]string{}
	var keys []string
	for _, r := range t.rows {
		k := "C\t" + r[1] + "\t" + typeName(r[2])
		if from[k] == nil {
			keys = append(keys, k)
		}
		from[k] = append(from[k], typeName(r[0]))
	}
	for _, k := range keys {
		fmt.Fprintf(b, "%s\t%s\n", k, strings.Join(from[k], ","))
	}
	return nil
}

func names(b *bytes.Buffer, dir string) error {
	t, err := read(dir, "cast-names.tsv", "name", "type")
	if err != nil {
		return err
	}
	for _, r := range t.rows {
		fmt.Fprintf(b, "N\t%s\t%s\n", r[0], r[1])
	}
	return nil
}

func metadata(b *bytes.Buffer, dir string) error {
	t, err := read(dir, "metadata-fields.tsv", "field", "type")
	if err != nil {
		return err
	}
	for _, r := range t.rows {
		fmt.Fprintf(b, "M\t%s\t%s\n", r[0], r[1])
	}
	return nil
}
