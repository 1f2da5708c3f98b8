//go:build !unix

package elastic

import "os"

// running reports whether a process is there.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err == nil {
		_ = p.Release()
	}
	return err == nil
}
