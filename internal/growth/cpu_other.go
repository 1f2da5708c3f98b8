//go:build !unix

package growth

import "time"

// cpu is a clock: the time of the processors is not known here.
func cpu() time.Duration { return time.Duration(time.Now().UnixNano()) }
