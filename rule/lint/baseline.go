package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
)

// Baseline lists findings that are known and not reported again. An entry names the file, the code and the text that
// the finding marks, so it survives lines that move and messages that are reworded.
type Baseline struct {
	Version  int             `json:"version"`  // of the file format
	Findings []BaselineEntry `json:"findings"` // sorted
}

// BaselineEntry stands for Count equal findings.
type BaselineEntry struct {
	Path  string `json:"path"`            // from the root of the repository
	Code  string `json:"code"`            // of the check
	Text  string `json:"text"`            // what the finding marks in the file
	Count int    `json:"count,omitempty"` // 0 = 1
}

const baselineVersion = 1

// maxBaseline is the largest baseline file that is read, in bytes.
const maxBaseline = 64 << 20

// NewBaseline lists the findings of a report, sorted.
func NewBaseline(r *Report) *Baseline {
	b := &Baseline{Version: baselineVersion, Findings: []BaselineEntry{}}
	count := map[BaselineEntry]int{}
	for _, e := range r.baselineKeys() {
		count[e]++
	}
	for e, n := range count {
		if n > 1 {
			e.Count = n
		}
		b.Findings = append(b.Findings, e)
	}
	slices.SortFunc(b.Findings, compareEntries)
	return b
}

func compareEntries(a, b BaselineEntry) int {
	for _, c := range []int{strings.Compare(a.Path, b.Path), strings.Compare(a.Code, b.Code), strings.Compare(a.Text, b.Text)} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// baselineKeys returns the entry of every finding, in order.
func (r *Report) baselineKeys() []BaselineEntry {
	files := map[string]*FileReport{}
	for i := range r.Files {
		files[r.Files[i].Path] = &r.Files[i]
	}
	out := make([]BaselineEntry, len(r.Diagnostics))
	for i, d := range r.Diagnostics {
		out[i] = BaselineEntry{Path: d.Path, Code: d.Code}
		if f := files[d.Path]; f != nil {
			text := strings.Join(strings.Fields(f.File.Slice(d.Span)), " ")
			if runes := []rune(text); len(runes) > 120 {
				text = string(runes[:120])
			}
			out[i].Path, out[i].Text = f.Repo, text
		}
	}
	return out
}

// Encode writes the baseline as JSON, one finding a line.
func (b *Baseline) Encode() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"version\": %d, \"findings\": [", b.Version)
	for i, e := range b.Findings {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n  ")
		line, _ := json.Marshal(e) // strings and an integer: cannot fail
		out.Write(line)
	}
	out.WriteString("\n]}\n")
	return out.Bytes()
}

// ParseBaseline reads what Encode wrote.
func ParseBaseline(data []byte) (*Baseline, error) {
	if len(data) > maxBaseline {
		return nil, fmt.Errorf("baseline has %d bytes, more than the limit of %d", len(data), maxBaseline)
	}
	b := &Baseline{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("%w: not a baseline as --write-baseline writes it", wording.JSONError(data, err))
	}
	end := dec.InputOffset()
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something stands behind the end of the baseline, from byte %d on", end)
	}
	if b.Version != baselineVersion {
		return nil, fmt.Errorf("baseline has version %d, expected %d", b.Version, baselineVersion)
	}
	return b, nil
}

// Apply drops the findings of the report that the baseline lists, and returns the entries about the report's files
// that match nothing any more.
func (b *Baseline) Apply(r *Report) (stale []BaselineEntry) {
	left := map[BaselineEntry]int{}
	for _, e := range b.Findings {
		n := min(max(1, e.Count), 1<<30) // sums stay in range
		e.Count = 0
		left[e] += n
	}
	kept := r.Diagnostics[:0]
	for i, key := range r.baselineKeys() {
		if left[key] > 0 {
			left[key]--
			r.Suppressed++
			continue
		}
		kept = append(kept, r.Diagnostics[i])
	}
	r.Diagnostics = kept
	linted := map[string]bool{}
	for _, f := range r.Files {
		linted[f.Repo] = true
	}
	for e, n := range left {
		if n > 0 && linted[e.Path] {
			e.Count = n
			stale = append(stale, e)
		}
	}
	slices.SortFunc(stale, compareEntries)
	return stale
}
