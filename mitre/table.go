package mitre

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The table form of a catalog, one entry a line, fields separated by tabs:
//
//	mitre catalog 1
//	framework  MITRE ATT&CK
//	version    18.1
//	released   2025-11-13
//	domain     enterprise-attack
//	matrix     Enterprise ATT&CK        (or "retired-matrix")
//	TA0043     reconnaissance  Reconnaissance
//	T1001      k  Data Obfuscation
//	T1002      j  Data Compressed   revoked T1560.001
//	T1034      cd Path Interception deprecated T1574.007,T1574.008
//
// Tactics stand in matrix order. The second field of a technique names its tactics by letter: a is the first tactic of
// the domain. The last field is missing for live entries.

const tableHeader = "mitre catalog 1"

const tacticLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// MarshalText writes the catalog in the table form that this package embeds. Equal catalogs give equal bytes.
func (c *Catalog) MarshalText() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nframework\t%s\nversion\t%s\nreleased\t%s\n", tableHeader, c.Framework, c.Version, c.Released)
	for _, domain := range c.domains() {
		fmt.Fprintf(&b, "domain\t%s\n", domain)
		letters := map[*Tactic]byte{}
		var last *Tactic
		for _, t := range c.tactics {
			if t.Domain != domain {
				continue
			}
			if len(letters) == len(tacticLetters) {
				return nil, fmt.Errorf("domain %s has more than %d tactics", domain, len(tacticLetters))
			}
			letters[t] = tacticLetters[len(letters)]
			if last == nil || last.Matrix != t.Matrix || last.Deprecated != t.Deprecated {
				fmt.Fprintf(&b, "%s\t%s\n", matrixKey(t.Deprecated), t.Matrix)
			}
			last = t
			fmt.Fprintf(&b, "%s\t%s\t%s\n", t.ID, t.Shortname, t.Name)
		}
		for i := range c.techniques {
			if t := &c.techniques[i]; t.Domain == domain {
				writeTechnique(&b, t, letters)
			}
		}
	}
	return b.Bytes(), nil
}

func matrixKey(retired bool) string {
	if retired {
		return "retired-matrix"
	}
	return "matrix"
}

func writeTechnique(b *bytes.Buffer, t *Technique, letters map[*Tactic]byte) {
	b.WriteString(t.ID)
	b.WriteByte('\t')
	for _, x := range t.Tactics {
		b.WriteByte(letters[x])
	}
	b.WriteByte('\t')
	b.WriteString(t.Name)
	switch t.Status {
	case Revoked:
		fmt.Fprintf(b, "\trevoked %s", t.RevokedBy)
	case Deprecated:
		fmt.Fprintf(b, "\tdeprecated %s", strings.Join(t.Candidates, ","))
	}
	b.WriteByte('\n')
}

// domains returns the domains of the tactics and techniques in the order of their first mention.
func (c *Catalog) domains() []string {
	var out []string
	for _, t := range c.tactics {
		if !slices.Contains(out, t.Domain) {
			out = append(out, t.Domain)
		}
	}
	for i := range c.techniques {
		if d := c.techniques[i].Domain; !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// UnmarshalText reads the table form. Errors name the line.
func (c *Catalog) UnmarshalText(text []byte) error {
	got, err := decodeTable(string(text))
	if err != nil {
		return err
	}
	*c = *got
	return nil
}

// tableReader holds what the lines read so far say about the next.
type tableReader struct {
	c       *Catalog
	domain  string
	matrix  string
	retired bool
	order   int
	first   int       // index of the domain's first tactic
	arena   []*Tactic // shared by the Tactics of all techniques
}

// decodeTable keeps substrings of s, so that embedded tables cost no copies of names.
func decodeTable(s string) (*Catalog, error) {
	lines := strings.Count(s, "\n")
	r := &tableReader{c: &Catalog{techniques: make([]Technique, 0, lines)}, arena: make([]*Tactic, 0, 2*lines)}
	head, rest, _ := strings.Cut(s, "\n")
	if head != tableHeader {
		return nil, fmt.Errorf("line 1: want %q", tableHeader)
	}
	for n := 2; rest != ""; n++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return r.c, r.c.index()
}

func (r *tableReader) line(line string) error {
	key, value, ok := strings.Cut(line, "\t")
	if !ok {
		return fmt.Errorf("%q has no second field", line)
	}
	switch key {
	case "framework":
		fw, ok := ParseFramework(value)
		if !ok {
			return fmt.Errorf("unknown framework %q", value)
		}
		r.c.Framework = fw
	case "version":
		r.c.Version = value
	case "released":
		r.c.Released = value
	case "domain":
		r.domain, r.first = value, len(r.c.tactics)
	case "matrix", "retired-matrix":
		r.matrix, r.retired, r.order = value, key != "matrix", 0
	default:
		return r.entry(key, value)
	}
	return nil
}

func (r *tableReader) entry(id, value string) error {
	_, kind, ok := ParseID(id)
	a, b, ok2 := strings.Cut(value, "\t")
	switch {
	case !ok || !ok2:
		return fmt.Errorf("%q is no tactic and no technique", id)
	case kind == TacticKind:
		r.order++
		r.c.tactics = append(r.c.tactics, &Tactic{ID: id, Shortname: a, Name: b, Domain: r.domain, Matrix: r.matrix,
			Order: r.order, Deprecated: r.retired})
		return nil
	}
	t := Technique{ID: id, Domain: r.domain}
	name, state, _ := strings.Cut(b, "\t")
	t.Name = name
	if err := t.setState(state); err != nil {
		return err
	}
	start := len(r.arena)
	for i := range len(a) {
		x := r.first + strings.IndexByte(tacticLetters, a[i])
		if x < r.first || x >= len(r.c.tactics) {
			return fmt.Errorf("technique %s: no tactic %q in domain %s", id, a[i:i+1], r.domain)
		}
		r.arena = append(r.arena, r.c.tactics[x])
	}
	t.Tactics = r.arena[start:len(r.arena):len(r.arena)]
	r.c.techniques = append(r.c.techniques, t)
	return nil
}

func (t *Technique) setState(s string) error {
	if s == "" {
		return nil
	}
	state, ids, _ := strings.Cut(s, " ")
	switch state {
	case "revoked":
		t.Status, t.RevokedBy = Revoked, ids
	case "deprecated":
		t.Status = Deprecated
		if ids != "" {
			t.Candidates = strings.Split(ids, ",")
		}
	default:
		return fmt.Errorf("technique %s: unknown state %q", t.ID, s)
	}
	return nil
}

// sorted returns techniques by id. It sorts their places: moving them about would cost more than all comparisons.
func sorted(list []Technique) []Technique {
	order := make([]int32, len(list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(strings.Compare(list[a].ID, list[b].ID), int(a-b)) })
	out := make([]Technique, len(list))
	for i, at := range order {
		out[i] = list[at]
	}
	return out
}

// index sorts the techniques and refuses ids that occur twice.
func (c *Catalog) index() error {
	if c.Framework == 0 {
		return fmt.Errorf("no framework is given")
	}
	byID := func(a, b Technique) int { return strings.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(c.techniques, byID) {
		c.techniques = sorted(c.techniques)
	}
	for i := 1; i < len(c.techniques); i++ {
		if c.techniques[i].ID == c.techniques[i-1].ID {
			return fmt.Errorf("technique %s occurs twice", c.techniques[i].ID)
		}
	}
	seen := make(map[string]bool, len(c.tactics))
	for _, t := range c.tactics {
		if seen[t.ID] {
			return fmt.Errorf("tactic %s occurs twice", t.ID)
		}
		seen[t.ID] = true
	}
	return nil
}
