package gen

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/mitre"
)

// attackFile is the name of an ATT&CK source: domain and version.
var attackFile = regexp.MustCompile(`^(enterprise|mobile|ics|pre)(?:-attack)?-([0-9.]+)\.json$`)

// atlasFile is the name of an ATLAS source.
var atlasFile = regexp.MustCompile(`^(?i:atlas).*\.(json|ya?ml)$`)

// sources is what a folder holds.
type sources struct {
	attack  map[string]map[string]*mitre.Catalog // version -> domain prefix of the file name
	atlas   map[string]*mitre.Catalog
	history *mitre.History
	hashes  map[string][]byte // file -> SHA-256
}

// generate returns the tables by file name.
func generate(fsys fs.FS) (map[string][]byte, error) {
	src, err := readSources(fsys)
	if err != nil {
		return nil, err
	}
	if len(src.attack)+len(src.atlas) == 0 {
		return nil, errors.New("no catalog of any version among the sources")
	}
	tables := map[string][]byte{}
	versions := slices.SortedFunc(maps.Keys(src.attack), compareVersions)
	var previous *mitre.Catalog
	for _, v := range versions {
		c := src.combine(v)
		if c == nil {
			continue // PRE-ATT&CK alone
		}
		if err := check(c); err != nil {
			return nil, fmt.Errorf("ATT&CK %s: %w", v, err)
		}
		if src.history != nil && previous != nil {
			src.history.Extend(previous, c)
		}
		previous = c
		if tables["attack-"+v+".txt"], err = c.MarshalText(); err != nil {
			return nil, err
		}
	}
	for v, c := range src.atlas {
		if tables["atlas-"+v+".txt"], err = c.MarshalText(); err != nil {
			return nil, err
		}
	}
	if src.history != nil {
		if tables["releases.txt"], err = src.history.MarshalText(); err != nil {
			return nil, err
		}
	}
	tables["SHA256SUMS"] = sums(src.hashes, tables)
	return tables, nil
}

// combine joins the domains of one version.
func (s *sources) combine(version string) *mitre.Catalog {
	domains := s.attack[version]
	c := domains["enterprise"]
	if c == nil {
		return nil
	}
	for _, name := range []string{"mobile", "ics", "pre"} {
		if d := domains[name]; d != nil {
			c = c.WithDomainsOf(d)
		}
	}
	for _, v := range slices.SortedFunc(maps.Keys(s.attack), compareVersions) {
		if pre := s.attack[v]["pre"]; pre != nil {
			c = c.WithDomainsOf(pre)
		}
	}
	return c
}

// check refuses what would mislead: a revoked entry that leads nowhere. MITRE leaves T1454 without a successor.
func check(c *mitre.Catalog) error {
	for _, t := range c.Techniques() {
		if t.Status == mitre.Revoked && c.Technique(t.RevokedBy) == nil && t.ID != "T1454" {
			return fmt.Errorf("technique %s is revoked by %q, which is not there", t.ID, t.RevokedBy)
		}
	}
	return nil
}

func readSources(fsys fs.FS) (*sources, error) {
	names, err := fs.Glob(fsys, "*")
	if err != nil {
		return nil, err
	}
	s := &sources{attack: map[string]map[string]*mitre.Catalog{}, atlas: map[string]*mitre.Catalog{}, hashes: map[string][]byte{}}
	var candidates map[string][]string
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		used := true
		switch m := attackFile.FindStringSubmatch(name); {
		case m != nil:
			err = s.addAttack(m[1], m[2], data)
		case atlasFile.MatchString(name):
			err = s.addATLAS(name, data)
		case name == "enterprise-history.json":
			s.history, err = mitre.ReadHistory(bytes.NewReader(data))
		case name == "redirects.json":
			candidates, err = readCandidates(data)
		default:
			used = false
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if used {
			sum := sha256.Sum256(data)
			s.hashes[name] = sum[:]
		}
	}
	s.addCandidates(candidates)
	return s, nil
}

func (s *sources) addAttack(domain, version string, data []byte) error {
	c, err := mitre.Read(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if c.Version != "unknown" && c.Version != version {
		return fmt.Errorf("the file states version %s", c.Version)
	}
	c.Version = version
	if s.attack[version] == nil {
		s.attack[version] = map[string]*mitre.Catalog{}
	}
	s.attack[version][domain] = c
	return nil
}

func (s *sources) addATLAS(name string, data []byte) error {
	read := mitre.Read
	if !strings.HasSuffix(name, ".json") {
		read = readATLAS
	}
	c, err := read(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if s.atlas[c.Version] != nil {
		return fmt.Errorf("another file holds ATLAS %s too", c.Version)
	}
	s.atlas[c.Version] = c
	return nil
}

// readCandidates reads from the redirects what deprecated techniques were split up into. Direct successors are in the
// catalogs already.
func readCandidates(data []byte) (map[string][]string, error) {
	var in struct {
		Redirects []map[string]json.RawMessage
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, r := range in.Redirects {
		var from string
		if err := json.Unmarshal(r["from"], &from); err != nil {
			return nil, err
		}
		for key, raw := range r {
			version, ok := strings.CutPrefix(key, "candidates_")
			if !ok {
				continue
			}
			var ids []string
			if err := json.Unmarshal(raw, &ids); err != nil {
				return nil, err
			}
			out[version+" "+from] = ids
		}
	}
	return out, nil
}

func (s *sources) addCandidates(candidates map[string][]string) {
	for version, domains := range s.attack {
		for _, c := range domains {
			for _, t := range c.Techniques() {
				if t.Status == mitre.Deprecated {
					t.Candidates = candidates[version+" "+t.ID]
				}
			}
		}
	}
}

// sums lists the SHA-256 of every table, in the form that sha256sum -c reads, and of every source as a comment.
func sums(sources, tables map[string][]byte) []byte {
	var b bytes.Buffer
	b.WriteString("# Tables written by mitre/internal/gen, and what they were made from. PROVENANCE tells where that is from.\n")
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(tables[name]), name)
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		fmt.Fprintf(&b, "# source %x  %s\n", sources[name], name)
	}
	return b.Bytes()
}

// compareVersions orders dotted numbers by value.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Compare(x, y)
	})
}
