// Package fileio reads and writes the files that a user names, in one way for all commands: reading has a limit and takes
// regular files only, writing leaves the old file or the new one whole, whatever happens.
package fileio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Limits of what is read whole. A file beyond its limit is an error that says so.
const (
	MaxConfig = 4 << 20   // .rulevet.toml, _config.yaml and what it names
	MaxRule   = 16 << 20  // rules and files beside them
	MaxData   = 256 << 20 // baselines, overlays, catalogs, fixtures, schemas
)

// Read reads a regular file of at most limit bytes. Anything else, such as a named pipe or a device, is refused without
// waiting for it; a symbolic link is followed.
func Read(name string, limit int64) ([]byte, error) {
	f, err := openAny(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, name, limit)
}

// openAny opens a file, whatever it is, without waiting: without O_NONBLOCK, opening a pipe waits for somebody to write into it.
func openAny(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENXIO) { // a socket, or a device that is not there
		if info, e := os.Stat(name); e == nil && !info.Mode().IsRegular() {
			err = notRegular(name, info)
		}
	}
	return f, err
}

// ReadFS is Read for a file system. One that is not of the disk must not block when a file is opened.
func ReadFS(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // before it is opened: a pipe would wait
		return nil, notRegular(name, info)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, name, limit)
}

// Open opens a regular file for reading in parts, such as a large catalog.
func Open(name string) (*os.File, error) {
	f, err := openAny(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(name, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func read(f fs.File, name string, limit int64) ([]byte, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, notRegular(name, info)
	case info.Size() > limit:
		return nil, tooLarge(name, limit)
	}
	// A file of /proc, or one that grows, has more than it says.
	src := make([]byte, 0, info.Size()+1)
	for {
		if len(src) == cap(src) {
			src = append(src, 0)[:len(src)]
		}
		n, err := f.Read(src[len(src):cap(src)])
		src = src[:len(src)+n]
		switch {
		case int64(len(src)) > limit:
			return nil, tooLarge(name, limit)
		case errors.Is(err, io.EOF):
			return src, nil
		case err != nil:
			return nil, err
		}
	}
}

// ReadAll reads a stream of at most limit bytes.
func ReadAll(r io.Reader, name string, limit int64) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(src)) > limit {
		return nil, tooLarge(name, limit)
	}
	return src, err
}

func tooLarge(name string, limit int64) error {
	size := fmt.Sprintf("%d bytes", limit)
	if limit >= 1<<20 {
		size = fmt.Sprintf("%d MiB", limit>>20)
	}
	return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("larger than %s, the limit for such a file", size)}
}

func notRegular(name string, info fs.FileInfo) error {
	return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%s, expected a file", kind(info.Mode()))}
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}
