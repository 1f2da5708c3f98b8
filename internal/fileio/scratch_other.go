//go:build !linux

package fileio

import "os"

// unnamed opens a file without a name; nil where the system has none of these.
func unnamed(string) *os.File { return nil }
