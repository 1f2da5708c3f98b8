package fileio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrChanged says that a file is no longer what it was when it was read: it was not written.
var ErrChanged = errors.New("the file has changed since it was read: nothing was written")

var errNoReader = errors.New("nobody reads from there: nothing was written")

var errReadOnly = errors.New("the file is read-only: nothing was written")

// Write makes a file, or gives one that exists new content. The change is made at once: whoever looks, whenever the
// program ends, finds the old content or the new one. Mode, owner and links of a file stay; a symbolic link is followed. What
// is no regular file (a pipe, /dev/stdout) is written to as it is. Errors name the file as the caller does.
func Write(name string, data []byte) error { return write(name, data, nil, false) }

// Replace is Write for a file that was read before: old is what it held then. If it holds something else now, or is gone,
// the error is ErrChanged.
func Replace(name string, old, data []byte) error { return write(name, data, old, true) }

// Create makes a file that must not exist yet; the error is fs.ErrExist if it does.
func Create(name string, data []byte) error {
	t, err := stage(filepath.Dir(name), data, 0o666)
	if err == nil {
		defer t.discard()
		Step()
		if err = t.link(name); t.temp != "" && noLinks(err) {
			err = t.claim(name)
		}
		Step()
	}
	return named(name, err)
}

// noLinks tells that a file system has no links, as FAT.
func noLinks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission)
}

// claim is link where the file system has no links: an empty file takes the name until the content is there.
func (t *staged) claim(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	f.Close()
	if err := t.rename(name); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}

func write(name string, data, old []byte, read bool) error {
	target, err := filepath.EvalSymlinks(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && read:
		return named(name, ErrChanged)
	case errors.Is(err, fs.ErrNotExist) && !dangling(name):
		err := Create(name, data)
		if errors.Is(err, fs.ErrExist) { // made by another just now
			return write(name, data, nil, false)
		}
		return err
	case err != nil:
		return named(name, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return named(name, err)
	}
	switch {
	case info.IsDir():
		return notRegular(name, info)
	case !info.Mode().IsRegular():
		return named(name, stream(target, data))
	case info.Mode().Perm()&0o200 == 0: // a rename would not ask
		return named(name, errReadOnly)
	}
	unchanged := func() error {
		if !read {
			return nil
		}
		now, err := Read(target, int64(len(old)))
		if err != nil || !bytes.Equal(now, old) {
			return ErrChanged
		}
		return nil
	}
	if err := unchanged(); err != nil {
		return named(name, err)
	}
	return named(name, replace(target, data, info, unchanged))
}

// replace puts a new file in the place of the target, or, where that would break a hard link or lose the owner, writes over
// the old content.
func replace(target string, data []byte, info fs.FileInfo, unchanged func() error) error {
	t, err := stage(filepath.Dir(target), data, info.Mode().Perm())
	if errors.Is(err, fs.ErrPermission) {
		return overwrite(target, data) // the folder takes no new file
	}
	if err != nil {
		return err
	}
	defer t.discard()
	if err := unchanged(); err != nil {
		return err
	}
	Step()
	if hardLinks(info) > 1 || t.adopt(info) != nil {
		// That the data has a place on the disk is known now; it is given up only when the old file holds it.
		return overwrite(target, data)
	}
	return t.rename(target)
}

// overwrite writes over the old content in one write, for which signals that end the program wait. If it fails the old
// content is put back.
func overwrite(target string, data []byte) error {
	defer hold()()
	f, err := os.OpenFile(target, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = overwriteOpen(f, info.Size(), data)
	}
	Step()
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// overwriteOpen is overwrite for an open file of some size. Of the old content only as much is kept at hand as the new one covers: a file
// may be larger than memory.
func overwriteOpen(f *os.File, size int64, data []byte) error {
	old := make([]byte, min(size, int64(len(data))))
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), old); err != nil {
		return err
	}
	_, err := f.WriteAt(data, 0)
	Step()
	if err == nil {
		err = f.Truncate(int64(len(data)))
	} else if _, back := f.WriteAt(old, 0); back == nil {
		_ = f.Truncate(size)
	}
	return err
}

// stream writes to what is no regular file. A named pipe that nobody reads is an error: opened without O_NONBLOCK, it would wait for a reader.
func stream(target string, data []byte) error {
	f, err := os.OpenFile(target, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENXIO) {
		return errNoReader
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// dangling reports whether a name is a symbolic link to nothing.
func dangling(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// named says of an error which file it is about, in the words of the user: never the name of a temporary file.
func named(name string, err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
