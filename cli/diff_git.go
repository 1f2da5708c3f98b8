package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
)

// git runs a command of git in a folder and returns what it prints.
func git(dir string, args ...string) (string, error) {
	return gitUpTo(fileio.MaxData, dir, args...)
}

// gitUpTo is git for what may print at most limit bytes.
func gitUpTo(limit int, dir string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	out, errs := capped{limit: limit}, capped{limit: 1 << 20}
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("git is not installed")
	case out.full:
		return "", fmt.Errorf("git %s: larger than %d MiB, the limit", args[0], limit>>20)
	case err != nil:
		text, _, _ := strings.Cut(strings.TrimSpace(errs.buf.String()), "\n")
		return "", fmt.Errorf("git %s: %s", args[0], text)
	}
	return out.buf.String(), nil
}

// capped keeps what is written up to a limit, and refuses what goes beyond.
type capped struct {
	buf   bytes.Buffer
	limit int
	full  bool
}

func (c *capped) Write(b []byte) (int, error) {
	if c.full = c.full || c.buf.Len()+len(b) > c.limit; c.full {
		return 0, errors.New("too much")
	}
	return c.buf.Write(b)
}

// gitRules reads the rules that differ between a revision and the working tree, in both versions.
func gitRules(rev string, paths []string) (old, changed []*rule.File, problems []discover.Problem, err error) {
	top, err := git(".", "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, nil, nil, failed(err)
	}
	root := strings.TrimSuffix(top, "\n")
	if _, err := git(".", "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}"); err != nil {
		if shallow, err := git(".", "rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(shallow) == "true" {
			return nil, nil, nil, usageError("--git %q: no such revision in this shallow clone; `git fetch --unshallow` gets the older ones", rev)
		}
		return nil, nil, nil, usageError("--git %q: no such revision", rev)
	}
	for _, path := range paths {
		if !namedAt(rev, path) {
			problems = append(problems, discover.Problem{Path: path, Err: fmt.Errorf("no such file or directory, neither here nor at %s", rev)})
		}
	}
	if len(problems) > 0 {
		return nil, nil, problems, nil
	}
	spec := append([]string{"--"}, paths...)
	diff, err := git(".", append([]string{"diff", "--name-status", "--no-renames", "-z", "--end-of-options", rev}, spec...)...)
	if err != nil {
		return nil, nil, nil, failed(err)
	}
	untracked, err := git(".", append([]string{"ls-files", "--others", "--exclude-standard", "--full-name", "-z"}, spec...)...)
	if err != nil {
		return nil, nil, nil, failed(err)
	}
	before, after := changedNames(diff)
	for name := range strings.SplitSeq(untracked, "\x00") {
		after = append(after, name)
	}
	for _, name := range ruleNames(before) {
		src, err := gitUpTo(fileio.MaxRule, root, "cat-file", "blob", rev+":"+name)
		if err != nil {
			problems = append(problems, discover.Problem{Path: name, Err: err})
			continue
		}
		old = appendRule(old, displayed(root, name), []byte(src))
	}
	for _, name := range ruleNames(after) {
		src, err := fileio.Read(filepath.Join(root, name), fileio.MaxRule)
		if err != nil {
			problems = append(problems, discover.Problem{Path: displayed(root, name), Err: err})
			continue
		}
		changed = appendRule(changed, displayed(root, name), src)
	}
	return old, changed, problems, nil
}

// namedAt reports whether a path or pattern names something in the working tree or in a revision.
func namedAt(rev, path string) bool {
	if _, err := os.Lstat(path); err == nil {
		return true
	}
	if here, err := filepath.Glob(path); err == nil && len(here) > 0 {
		return true
	}
	tracked, err := git(".", "ls-files", "--with-tree="+rev, "-z", "--", path)
	return err != nil || tracked != ""
}

// changedNames splits the output of git diff --name-status -z: the files that the old version has, and the new one.
func changedNames(diff string) (before, after []string) {
	parts := strings.Split(diff, "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		if parts[i] != "A" {
			before = append(before, parts[i+1])
		}
		if parts[i] != "D" {
			after = append(after, parts[i+1])
		}
	}
	return before, after
}

// ruleNames are the files that may be rules, sorted: those that a search of the folder would find.
func ruleNames(names []string) []string {
	names = slices.DeleteFunc(names, func(n string) bool {
		if !strings.HasSuffix(n, ".toml") {
			return true
		}
		return slices.ContainsFunc(strings.Split(n, "/"), func(part string) bool {
			return strings.HasPrefix(part, ".") || part == "testdata" || part == "vendor" || part == "node_modules"
		})
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// displayed is a path of the repository as the user would write it.
func displayed(root, name string) string { return filepath.ToSlash(shorten(filepath.Join(root, name))) }

func appendRule(list []*rule.File, path string, src []byte) []*rule.File {
	f, _ := rule.Parse(path, src)
	if f.Kind() == rule.RuleKind || f.Truncated {
		list = append(list, f)
	}
	return list
}
