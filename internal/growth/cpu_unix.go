//go:build unix

package growth

import (
	"syscall"
	"time"
)

// cpu is the time that the processors have spent on this program: what else the machine does is no part of it.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
