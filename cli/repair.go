package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// repair makes the safe fixes, with --unsafe-fixes the suggested ones too. With --diff it prints them and changes nothing;
// with --fix it writes the files, a rule from standard input to standard output. It returns the sources as they are
// afterwards.
func (c *command) repair(ctx context.Context, f *lintFlags, linter *lint.Linter, named, others []lint.Source, w *workspace) ([]lint.Source, error) {
	result, err := linter.Fix(ctx, named, others, lint.FixOptions{Unsafe: f.unsafeFixes})
	if err != nil {
		return nil, failed(err)
	}
	for _, r := range result.Refused {
		fmt.Fprintf(c.Stderr, "rulevet: %s: %s: not fixed: %s\n", r.Diagnostic.Path, r.Diagnostic.Code, r.Why)
	}
	fixed := map[string][]byte{}
	for _, file := range result.Files {
		if f.diff {
			fmt.Fprint(c.Stdout, colorDiff(unified(file.Path, file.Src, file.New), c.colored(f.color)))
			continue
		}
		fixed[file.Path] = file.New
		if file.Path != stdinPath(f) {
			if err := fileio.Replace(file.Path, file.Src, file.New); err != nil {
				delete(fixed, file.Path)
				w.unwritten(file.Path, err)
				continue
			}
		}
		fmt.Fprintf(c.Stderr, "rulevet: %s: fixed %s\n", file.Path, wording.Count(len(file.Applied), "finding"))
	}
	out := make([]lint.Source, len(named))
	for i, src := range named {
		if text, ok := fixed[src.Path]; ok {
			src.Src = text
		}
		if f.fix && !f.diff && src.Path == stdinPath(f) {
			if _, err := c.Stdout.Write(src.Src); err != nil {
				return nil, failed(err)
			}
		}
		out[i] = src
	}
	return out, nil
}

func stdinPath(f *lintFlags) string {
	if !f.stdin {
		return ""
	}
	return filepath.ToSlash(filepath.Clean(f.stdinFilename))
}

// unified is the difference of two texts in the unified form that patch reads.
func unified(path string, before, after []byte) string {
	name := strings.TrimLeft(path, "/")
	return string(rule.UnifiedDiff("a/"+name, "b/"+name, before, after))
}

// colorDiff colours the lines of a unified diff.
func colorDiff(diff string, color bool) string {
	if !color {
		return diff
	}
	var b strings.Builder
	for line := range strings.Lines(diff) {
		text := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(text, "+"):
			text = "\x1b[32m" + text + "\x1b[0m"
		case strings.HasPrefix(text, "-"):
			text = "\x1b[31m" + text + "\x1b[0m"
		case strings.HasPrefix(text, "@@"):
			text = "\x1b[36m" + text + "\x1b[0m"
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}
