// Package facts opens the folder from which a generator makes the tables that a package embeds.
package facts

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Open returns a folder of facts. The folders are no part of this project: where one is not there, or holds none of the files of the patterns
// (as of filepath.Match), the error says what a user of "go generate" has to do, and that nothing was changed. A generator asks before it writes.
func Open(dir string, patterns ...string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		for _, p := range patterns {
			if found, _ := filepath.Glob(filepath.Join(dir, p)); len(found) > 0 {
				return os.DirFS(dir), nil
			}
		}
	}
	return nil, fmt.Errorf("no facts in %s: the tables are left as they are; they are made from a folder with %s, which is not part of this project; name yours with -facts",
		filepath.ToSlash(dir), strings.Join(patterns, " or "))
}
