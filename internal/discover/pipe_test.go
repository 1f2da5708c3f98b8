//go:build unix

package discover

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRulesDoesNotOpenAPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.toml"), 0o600); err != nil {
		t.Skip("no named pipes here")
	}
	files, _, problems := Rules([]string{dir})
	if len(files) != 0 || len(problems) != 1 || !strings.HasSuffix(problems[0].Error(), "pipe.toml: not a regular file") {
		t.Errorf("files %v, problems %v, want one problem", files, problems)
	}
}
