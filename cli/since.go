package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// compare fills in what the sources were at a revision of git.
func compare(root, revision string, sources []lint.Source) error {
	if _, err := exec.LookPath("git"); err != nil {
		return usageError("--since: git is not installed")
	}
	top, err := git(root, "rev-parse", "--show-toplevel")
	if err != nil {
		return usageError("--since: %s is in no git repository", filepath.ToSlash(shorten(root)))
	}
	top = strings.TrimSpace(top)
	commit, err := git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return usageError("--since %q: no such revision in the git repository", revision)
	}
	return then(top, strings.TrimSpace(commit), revision, sources)
}

// then asks git for the text of each source at a commit, all in one process.
func then(top, commit, revision string, sources []lint.Source) error {
	var asked []int
	var names strings.Builder
	real, err := filepath.EvalSymlinks(top)
	if err != nil {
		real = top
	}
	for i := range sources {
		path, err := filepath.EvalSymlinks(absolute(sources[i].Path))
		if err != nil {
			continue // standard input
		}
		rel, err := filepath.Rel(real, path)
		if err != nil || strings.HasPrefix(rel, "..") || strings.Contains(rel, "\n") {
			continue
		}
		asked = append(asked, i)
		fmt.Fprintf(&names, "%s:%s\n", commit, filepath.ToSlash(rel))
	}
	cmd := exec.Command("git", "-C", top, "cat-file", "--batch")
	cmd.Stdin = strings.NewReader(names.String())
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return failed(fmt.Errorf("git cat-file: %w", err))
	}
	in := bufio.NewReader(out)
	for _, i := range asked {
		text, missing, err := object(in)
		if err != nil {
			out.Close() // git ends, too
			_ = cmd.Wait()
			return failed(fmt.Errorf("git cat-file: %s at %s: %w", sources[i].Path, revision, err))
		}
		sources[i].Before = &check.Before{Revision: revision, New: missing, Src: text}
	}
	if err := cmd.Wait(); err != nil {
		return failed(fmt.Errorf("git cat-file: %w", err))
	}
	return nil
}

// object reads one answer of "git cat-file --batch": a line "HASH TYPE SIZE", the text and a line break; or "NAME missing".
func object(in *bufio.Reader) (text []byte, missing bool, err error) {
	head, err := in.ReadString('\n')
	if err != nil {
		return nil, false, err
	}
	if strings.HasSuffix(head, " missing\n") {
		return nil, true, nil
	}
	var hash, kind string
	var size int
	if _, err := fmt.Sscanf(head, "%s %s %d", &hash, &kind, &size); err != nil || size < 0 {
		return nil, false, errors.New("unexpected answer " + strings.TrimSpace(head))
	}
	if size > fileio.MaxRule {
		return nil, false, fmt.Errorf("larger than %d MiB, the limit for a rule", fileio.MaxRule>>20)
	}
	text = make([]byte, size+1)
	if _, err := io.ReadFull(in, text); err != nil {
		return nil, false, err
	}
	return text[:size], kind != "blob", nil
}
