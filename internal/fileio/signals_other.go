//go:build !unix

package fileio

import "os"

func terminations() []os.Signal { return nil }
