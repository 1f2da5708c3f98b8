//go:build !linux

package fileio

import (
	"io/fs"
	"os"
)

// staged is new content on the disk beside the file that it will replace.
type staged struct {
	file *os.File
	temp string

	release func() // ends the waiting of signals; nil if none wait
}

func stage(dir string, data []byte, mode fs.FileMode) (*staged, error) {
	return stageNamed(dir, data, mode)
}

// link gives the content a name that must be free.
func (t *staged) link(name string) error { return os.Link(t.temp, name) }

// rename puts the content in the place of a file.
func (t *staged) rename(target string) error {
	t.file.Close() // some systems rename no open file
	Step()
	if err := os.Rename(t.temp, target); err != nil {
		return err
	}
	t.temp = ""
	Step()
	return nil
}

// adopt gives the content the mode of the old file. The owner is that of the old file where the program runs as its owner.
func (t *staged) adopt(old fs.FileInfo) error { return os.Chmod(t.temp, old.Mode().Perm()) }

// hardLinks is not known here.
func hardLinks(fs.FileInfo) uint64 { return 1 }
