package fileio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// staged is new content on the disk that has no name yet, so that nothing is left behind however the program ends.
type staged struct {
	file *os.File
	temp string // its name, where the file system knows no files without one or while it is renamed

	release func() // ends the waiting of signals; nil if none wait
}

// stage writes data to a file without a name in a folder; where the file system has none of these, to one with a name.
func stage(dir string, data []byte, mode fs.FileMode) (*staged, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, uint32(mode))
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return stageNamed(dir, data, mode)
	case err != nil:
		return nil, &fs.PathError{Op: "create", Path: dir, Err: err}
	}
	t := &staged{file: os.NewFile(uintptr(fd), dir)}
	if _, err := os.Lstat(t.path()); err != nil { // no /proc, as in a bare chroot: it would never get a name
		t.file.Close()
		return stageNamed(dir, data, mode)
	}
	return t, t.fill(data)
}

// path leads to a file without a name.
func (t *staged) path() string { return fmt.Sprintf("/proc/self/fd/%d", t.file.Fd()) }

// link gives the content a name that must be free.
func (t *staged) link(name string) error {
	if t.temp != "" {
		return os.Link(t.temp, name)
	}
	from := t.path()
	err := unix.Linkat(unix.AT_FDCWD, from, unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &os.LinkError{Op: "link", Old: from, New: name, Err: err}
	}
	return nil
}

// rename puts the content in the place of a file. Signals that end the program wait until that is done.
func (t *staged) rename(target string) error {
	defer hold()()
	if t.temp == "" {
		temp := tempName(target)
		if err := t.link(temp); err != nil {
			return err
		}
		t.temp = temp
	}
	Step()
	if err := os.Rename(t.temp, target); err != nil {
		return err
	}
	t.temp = ""
	Step()
	return nil
}

// adopt gives the content owner and mode of the old file.
func (t *staged) adopt(old fs.FileInfo) error {
	if s, ok := old.Sys().(*syscall.Stat_t); ok {
		now, err := t.file.Stat()
		if err != nil {
			return err
		}
		if n, ok := now.Sys().(*syscall.Stat_t); ok && (n.Uid != s.Uid || n.Gid != s.Gid) {
			if err := t.file.Chown(int(s.Uid), int(s.Gid)); err != nil {
				return err
			}
		}
	}
	return t.file.Chmod(old.Mode().Perm() | old.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
}

// hardLinks is the number of names that a file has.
func hardLinks(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}

func tempName(target string) string {
	return filepath.Join(filepath.Dir(target), fmt.Sprintf(".rulevet-%d-%s", os.Getpid(), filepath.Base(target)))
}
