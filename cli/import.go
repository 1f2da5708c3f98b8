package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/exchange"
)

type importFlags struct {
	dir       string
	overwrite bool
	dryRun    bool
	format    string
	config    string
}

func (c *command) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "write the rules of a Kibana export as rule files",
		Long: "import turns Kibana's export of rules (NDJSON, plain or gzip), an answer of its detections API or plain JSON into rule\n" +
			"files, named after tactic and rule; - reads standard input. Exception lists go to exceptions/, connectors to\n" +
			"action_connectors/ beside them. What a rule file has no place for is kept in [metadata.extended.kibana], so that\n" +
			"\"rulevet export\" gives the same rule again.\n\n" +
			"A rule that a file holds already, by its rule_id, is left alone if the two are the same; else it is refused, or with\n" +
			"--overwrite replaced: its [metadata] stays, its comments go.\n\n" +
			"Exit codes: 0; 1 if a record could not be imported or a file is there already; 2 usage; 3 a FILE could not be read.",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("no file: name the exports to import, - is standard input")
			}
			if f.format != "text" && f.format != "json" {
				return usageError("--format %q: expected text or json", f.format)
			}
			return c.importFiles(&f, args)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.dir, "dir", "", "`folder` to write to (default: the first configured root, else the current folder)")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace files that are there and differ")
	fs.BoolVar(&f.dryRun, "dry-run", false, "tell what would be written, and write nothing")
	fs.StringVar(&f.format, "format", "text", "output `format`: text, json")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the current folder)")
	return cmd
}

// importReport is what import did, as it prints it with --format json.
type importReport struct {
	SchemaVersion int             `json:"schemaVersion"`
	Files         []importedFile  `json:"files"`
	Problems      []importProblem `json:"problems"`
	Summary       importSummary   `json:"summary"`
}

type importedFile struct {
	Path   string `json:"path"`
	RuleID string `json:"ruleId,omitempty"`
	Name   string `json:"name,omitempty"`
	Input  string `json:"input"`
	Record int    `json:"record"`
	Status string `json:"status"` // created, replaced, unchanged, refused
}

type importProblem struct {
	Path     string `json:"path"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Record   int    `json:"record,omitempty"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

type importSummary struct {
	exchange.Counts
	Created   int `json:"created"`
	Replaced  int `json:"replaced"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
}

func (c *command) importFiles(f *importFlags, args []string) error {
	dir, existing, err := c.importTarget(f)
	if err != nil {
		return err
	}
	im := exchange.Importer{Today: c.Now(), Existing: existing}
	failures := 0 // files that could not be read, or written
	for _, arg := range args {
		name, src, err := arg, []byte(nil), error(nil)
		if arg == "-" {
			name = "<standard input>"
			src, err = readExport(c.Stdin)
		} else {
			src, err = readRule(arg)
		}
		if err != nil {
			failures++
			fmt.Fprintf(c.Stderr, "rulevet: %v\n", discover.Problem{Path: name, Err: err})
			continue
		}
		im.Add(name, src)
	}
	files, problems, counts := im.Files()
	out := &importReport{SchemaVersion: 1, Files: []importedFile{}, Problems: []importProblem{}, Summary: importSummary{Counts: counts}}
	for _, file := range files {
		if !c.importFile(f, dir, file, out) {
			failures++
		}
	}
	for _, p := range problems {
		out.problem(p)
	}
	if err := c.writeImport(f, out); err != nil {
		return failed(err)
	}
	switch {
	case failures > 0:
		return &exitError{code: exitFailed}
	case out.errors() > 0:
		return findings()
	}
	return nil
}

// importTarget is the folder to write to, and the rules that are there already.
func (c *command) importTarget(f *importFlags) (dir string, existing map[string]*rule.File, err error) {
	w := &workspace{}
	roots, err := w.configure(&commonFlags{config: f.config}, cmp.Or(f.dir, "."))
	if err != nil {
		return "", nil, err
	}
	dir = cmp.Or(f.dir, roots[0])
	existing = map[string]*rule.File{}
	found, _, _ := discover.Rules([]string{dir})
	for _, path := range found {
		src, err := readRule(path)
		if err != nil {
			continue
		}
		if file, _ := rule.Parse(path, src); file.Rule.ID != "" && existing[file.Rule.ID] == nil {
			existing[file.Rule.ID] = file
		}
	}
	return dir, existing, nil
}

// importFile writes one file, unless it is there. It is false if the file could not be written.
func (c *command) importFile(f *importFlags, dir string, file exchange.File, out *importReport) bool {
	path := filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(file.Name)))
	if file.Existing != nil {
		path = file.Existing.Path
	}
	done := importedFile{Path: path, RuleID: file.RuleID, Name: file.Title, Input: file.Path, Record: file.Record, Status: "created"}
	old, err := fileio.Read(path, fileio.MaxRule)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err != nil:
	case file.Unchanged || bytes.Equal(old, file.Text):
		done.Status = "unchanged"
	case !f.overwrite:
		done.Status = "refused"
		what := "the file is there already, and another one"
		if file.Existing != nil {
			what = "the rule is there already, and differs"
		}
		out.problem(exchange.Problem{Severity: rule.Error, Path: path, Message: fmt.Sprintf("%s; record %d of %s was not written", what, file.Record, file.Path),
			Hint: "--overwrite replaces it"})
	default:
		done.Status = "replaced"
	}
	switch {
	case err != nil || f.dryRun:
	case done.Status == "created":
		err = createFile(path, file.Text)
	case done.Status == "replaced":
		err = fileio.Replace(path, old, file.Text)
	}
	if err != nil {
		out.problem(exchange.Problem{Severity: rule.Error, Path: path, Message: fmt.Sprintf("record %d of %s was not written: %v", file.Record, file.Path, reason(err))})
		return false
	}
	out.add(done)
	return true
}

func (r *importReport) add(f importedFile) {
	r.Files = append(r.Files, f)
	switch f.Status {
	case "created":
		r.Summary.Created++
	case "replaced":
		r.Summary.Replaced++
	case "unchanged":
		r.Summary.Unchanged++
	default:
		r.Summary.Refused++
	}
}

func (r *importReport) problem(p exchange.Problem) {
	r.Problems = append(r.Problems, importProblem{p.Path, p.Line, p.Column, p.Record, p.Severity.String(), p.Message, p.Hint})
}

func (r *importReport) errors() (n int) {
	for _, p := range r.Problems {
		if p.Severity == rule.Error.String() {
			n++
		}
	}
	return n
}

func (c *command) writeImport(f *importFlags, r *importReport) error {
	if f.format == "json" {
		enc := json.NewEncoder(c.Stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(c.Stderr, "%s\n", p.line())
		if p.Hint != "" {
			fmt.Fprintf(c.Stderr, "     = hint: %s\n", p.Hint)
		}
	}
	would := ""
	if f.dryRun {
		would = "would be "
	}
	for _, file := range r.Files {
		if file.Status != "unchanged" {
			fmt.Fprintf(c.Stdout, "%s%s %s\n", would, file.Status, printed(file.Path))
		}
	}
	s := r.Summary
	_, err := fmt.Fprintf(c.Stdout, "%s, %s with %s, %s: %d created, %d replaced, %d unchanged, %d refused, %s\n",
		wording.Count(s.Rules, "rule"), wording.Count(s.Lists, "exception list"), wording.Count(s.Items, "item"), wording.Count(s.Connectors, "connector"),
		s.Created, s.Replaced, s.Unchanged, s.Refused, wording.Count(r.errors(), "error"))
	return err
}

// line is a problem as a finding of lint looks.
func (p importProblem) line() string {
	where := printed(p.Path)
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", where, p.Line, p.Column)
	}
	record := ""
	if p.Record > 0 {
		record = fmt.Sprintf("record %d: ", p.Record)
	}
	return fmt.Sprintf("%s: %s: %s%s", where, p.Severity, record, printed(p.Message))
}

// maxExport is the largest export that is read, in bytes, unpacked.
const maxExport = 128 << 20

// readExport reads an export, plain or compressed with gzip.
func readExport(r io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxExport+1))
	if err == nil && bytes.HasPrefix(src, []byte{0x1f, 0x8b}) {
		z, zerr := gzip.NewReader(bytes.NewReader(src))
		if zerr != nil {
			return nil, fmt.Errorf("gzip: %w", zerr)
		}
		if src, err = io.ReadAll(io.LimitReader(z, maxExport+1)); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
	}
	if err == nil && len(src) > maxExport {
		return nil, fmt.Errorf("larger than %d MiB, the limit for an export", maxExport>>20)
	}
	return src, err
}

// createFile writes a new file whole or not at all, with the folders above it. It fails if the file is there.
func createFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return fileio.Create(path, text)
}
