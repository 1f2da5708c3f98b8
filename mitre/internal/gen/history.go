package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

type renames struct {
	ID    string
	Names [][2]string // version, name that holds from it on
}

// history writes the renames: id, last version with the old name, old name; by id, oldest name first.
func history(path string) ([]byte, error) {
	var file struct {
		Versions            []string
		Tactics, Techniques []renames
	}
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	all := append(file.Tactics, file.Techniques...)
	slices.SortFunc(all, func(a, b renames) int { return strings.Compare(a.ID, b.ID) })
	var b bytes.Buffer
	for _, r := range all {
		for i := 1; i < len(r.Names); i++ {
			v := slices.Index(file.Versions, r.Names[i][0])
			if v < 1 {
				return nil, fmt.Errorf("%s: %s was renamed in unknown version %q", path, r.ID, r.Names[i][0])
			}
			fmt.Fprintf(&b, "%s\t%s\t%s\n", r.ID, file.Versions[v-1], r.Names[i-1][1])
		}
	}
	return b.Bytes(), nil
}
