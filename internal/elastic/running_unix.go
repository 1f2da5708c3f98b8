//go:build unix

package elastic

import (
	"errors"
	"syscall"
)

// running reports whether a process is there.
func running(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
