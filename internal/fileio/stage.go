package fileio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
)

// Step is called between any two changes of the disk. Tests end the program there.
var Step = func() {}

// fill writes the content and sees that it has arrived.
func (t *staged) fill(data []byte) error {
	Step()
	if _, err := t.file.Write(data); err != nil {
		t.discard()
		return err
	}
	return nil
}

// stageNamed writes data to a new file with a name of its own. A signal that ends the program waits until it is gone.
func stageNamed(dir string, data []byte, mode fs.FileMode) (*staged, error) {
	release := hold()
	for n := 0; ; n++ {
		name := filepath.Join(dir, fmt.Sprintf(".rulevet-%d-%d", os.Getpid(), n))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) && n < 10000 {
			continue
		}
		if err != nil {
			release()
			return nil, err
		}
		t := &staged{file: f, temp: name, release: release}
		return t, t.fill(data)
	}
}

// discard gives up what has no place yet.
func (t *staged) discard() {
	t.file.Close()
	if t.temp != "" {
		os.Remove(t.temp)
	}
	if t.release != nil {
		t.release()
		t.release = nil
	}
}

// hold makes the signals that end a program wait until release is called; then the program ends by the one that came.
func hold() (release func()) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, ending()...)
	return func() {
		signal.Stop(ch)
		select {
		case s := <-ch:
			if p, err := os.FindProcess(os.Getpid()); err == nil {
				_ = p.Signal(s)
			}
		default:
		}
	}
}

func ending() []os.Signal { return append([]os.Signal{os.Interrupt}, terminations()...) }
