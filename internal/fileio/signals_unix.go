//go:build unix

package fileio

import (
	"os"
	"syscall"
)

func terminations() []os.Signal { return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} }
