// Package blob is the container format of the embedded field catalog: one front-coded dictionary of field names, a list
// of distinct row attributes, and tables of (name, attribute) pairs. A reader answers "which id has this name" and
// decodes single tables straight from the embedded string, so that opening a catalog costs next to nothing and a rule
// on two index patterns decodes two tables.
//
// Layout (integers are unsigned varints unless noted):
//
//	magic "RVF1"
//	lengths of the sections, in order
//	names      blocks of 16 sorted names: the first whole (length, bytes), each other (shared prefix, rest length, rest)
//	blocks     offset of each block into names, 4 bytes little endian
//	attributes lines "type TAB flags"
//	tables     lines "name TAB version TAB rows TAB offset TAB length"
//	rows       per table: (id minus previous id, attribute), sorted by id and attribute
//	extra      sections of text by name: lines "name TAB length", an empty line, then the texts
package blob

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

const (
	magic     = "RVF1"
	blockSize = 16
	sections  = 6
)

// Row is one field of a table. Flags are comma-separated, as in the source tables.
type Row struct{ Field, Type, Flags string }

// Table is a named list of rows. Version says of which release the rows are.
type Table struct {
	Name, Version string
	Rows          []Row
}

// Text is a named text that travels with the tables.
type Text struct{ Name, Body string }

// Encode writes tables and texts. The result depends only on the set of rows: tables and rows are sorted first.
// Names of extraNames enter the dictionary without being in a table.
func Encode(tables []Table, texts []Text, extraNames []string) ([]byte, error) {
	tables = slices.Clone(tables)
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	names, attrs := collect(tables, extraNames)
	nameID := index(names)
	attrID := index(attrs)
	var rows []byte
	var dir strings.Builder
	for _, t := range tables {
		if strings.ContainsAny(t.Name+t.Version, "\t\n") {
			return nil, fmt.Errorf("table %q: tab or line break in name or version", t.Name)
		}
		start := len(rows)
		var n int
		rows, n = appendRows(rows, t, nameID, attrID)
		fmt.Fprintf(&dir, "%s\t%s\t%d\t%d\t%d\n", t.Name, t.Version, n, start, len(rows)-start)
	}
	nameBytes, blocks := encodeNames(names)
	parts := [sections][]byte{nameBytes, blocks, []byte(strings.Join(attrs, "\n")), []byte(dir.String()), rows, encodeTexts(texts)}
	out := []byte(magic)
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out, nil
}

func collect(tables []Table, extra []string) (names, attrs []string) {
	names = slices.Clone(extra)
	count := map[string]int{}
	for _, t := range tables {
		for _, r := range t.Rows {
			names = append(names, r.Field)
			count[r.Type+"\t"+r.Flags]++
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for a := range count {
		attrs = append(attrs, a)
	}
	// The most frequent first: their numbers take one byte.
	slices.SortFunc(attrs, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	return names, attrs
}

func index(list []string) map[string]int {
	m := make(map[string]int, len(list))
	for i, s := range list {
		m[s] = i
	}
	return m
}

func appendRows(out []byte, t Table, nameID, attrID map[string]int) ([]byte, int) {
	pairs := make([][2]int, 0, len(t.Rows))
	for _, r := range t.Rows {
		pairs = append(pairs, [2]int{nameID[r.Field], attrID[r.Type+"\t"+r.Flags]})
	}
	slices.SortFunc(pairs, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	pairs = slices.Compact(pairs)
	last := 0
	for _, p := range pairs {
		out = binary.AppendUvarint(out, uint64(p[0]-last))
		out = binary.AppendUvarint(out, uint64(p[1]))
		last = p[0]
	}
	return out, len(pairs)
}

func encodeNames(names []string) (out, blocks []byte) {
	for i, n := range names {
		if i%blockSize == 0 {
			blocks = binary.LittleEndian.AppendUint32(blocks, uint32(len(out)))
			out = binary.AppendUvarint(out, uint64(len(n)))
			out = append(out, n...)
			continue
		}
		k := sharedPrefix(names[i-1], n)
		out = binary.AppendUvarint(out, uint64(k))
		out = binary.AppendUvarint(out, uint64(len(n)-k))
		out = append(out, n[k:]...)
	}
	return out, blocks
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func encodeTexts(texts []Text) []byte {
	var head, body strings.Builder
	for _, t := range texts {
		fmt.Fprintf(&head, "%s\t%d\n", t.Name, len(t.Body))
		body.WriteString(t.Body)
	}
	return []byte(head.String() + "\n" + body.String())
}
