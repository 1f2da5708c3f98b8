//go:build unix

package fileio

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe, big, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "big"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes: %v", err)
	}
	if err := os.Symlink("/dev/zero", link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(big, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{pipe: "a named pipe, expected a file", link: "a device, expected a file",
		dir: "a folder, expected a file", big: "larger than 99 bytes", filepath.Join(dir, "none"): "no such file"} {
		if _, err := Read(name, 99); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%s): %v, want %q", filepath.Base(name), err, want)
		}
		if _, err := ReadFS(os.DirFS(dir), filepath.Base(name), 99); name != dir && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ReadFS(%s): %v, want %q", filepath.Base(name), err, want)
		}
	}
	if src, err := Read(big, 100); err != nil || len(src) != 100 {
		t.Errorf("%d bytes, %v, want 100", len(src), err)
	}
	if src, err := Read("/proc/self/status", 1<<20); err == nil && len(src) == 0 {
		t.Error("a file of /proc, whose size is 0, reads as empty")
	}
}

func TestWriteKeepsModeAndLinks(t *testing.T) {
	dir := t.TempDir()
	name, soft, hard := filepath.Join(dir, "a"), filepath.Join(dir, "soft"), filepath.Join(dir, "hard")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(Write(name, []byte("one")))
	must(os.Chmod(name, 0o751))
	must(os.Symlink("a", soft))
	must(Replace(soft, []byte("one"), []byte("two")))
	info, err := os.Lstat(soft)
	must(err)
	if info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the symbolic link is gone")
	}
	must(os.Link(name, hard))
	must(Write(name, []byte("three and more")))
	must(Write(name, []byte("3")))
	for _, path := range []string{name, soft, hard} {
		if got, err := os.ReadFile(path); err != nil || string(got) != "3" {
			t.Errorf("%s holds %q, %v", filepath.Base(path), got, err)
		}
	}
	if info, err = os.Stat(name); err != nil || info.Mode().Perm() != 0o751 {
		t.Errorf("mode %v, %v, want 0751", info.Mode(), err)
	}
	if err := Replace(name, []byte("two"), []byte("x")); !errors.Is(err, ErrChanged) || !strings.HasPrefix(err.Error(), name+": ") {
		t.Errorf("a file that changed is written over: %v", err)
	}
	if err := Replace(filepath.Join(dir, "gone"), []byte("two"), []byte("x")); !errors.Is(err, ErrChanged) {
		t.Errorf("a file that is gone: %v", err)
	}
	if err := Create(name, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create over a file: %v", err)
	}
	must(os.Chmod(name, 0o444))
	if err := Write(name, []byte("x")); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a read-only file: %v", err)
	}
	if left := leftovers(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestWriteWithoutWaiting: writing to a pipe that nobody reads ends, and what is written over in place may be larger than memory.
func TestWriteWithoutWaiting(t *testing.T) {
	dir := t.TempDir()
	pipe, huge, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "huge"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes: %v", err)
	}
	if err := Write(pipe, []byte("x")); err == nil || !strings.Contains(err.Error(), "nobody reads") {
		t.Errorf("a pipe without a reader: %v", err)
	}
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Skipf("no files with holes: %v", err)
	}
	if err := os.Link(huge, link); err != nil {
		t.Skipf("no links: %v", err)
	}
	if err := Write(huge, []byte("new")); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(link); err != nil || string(got) != "new" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestClaim makes a file where the file system has no links.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	for i, want := range []error{nil, fs.ErrExist} {
		s, err := stageNamed(dir, []byte("text"), 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.claim(name); !errors.Is(err, want) {
			t.Errorf("%d: error %v, want %v", i, err, want)
		}
		s.discard()
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	if left := leftovers(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// leftovers lists temporary files.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, ".rulevet*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// writer makes the test binary write one file over and over, until it is ended.
const writer = "RULEVET_TEST_WRITER"

func TestMain(m *testing.M) {
	name := os.Getenv(writer)
	if name == "" {
		os.Exit(m.Run())
	}
	if strings.HasSuffix(name, "full") { // as a full disk: no file may be longer than 8 KiB
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 8192, Max: 8192}); err != nil {
			os.Exit(9)
		}
		if err := Write(name, bytes.Repeat([]byte("n"), 1<<20)); err == nil || strings.Contains(err.Error(), ".rulevet") {
			os.Exit(8)
		}
		os.Exit(0)
	}
	for i := 0; ; i++ {
		if err := Write(name, bytes.Repeat([]byte{"ab"[i%2]}, 200000)); err != nil {
			os.Exit(7)
		}
	}
}

// TestAFullDisk wants the old content where the new one has no room.
func TestAFullDisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), "full")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writer+"="+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "old" {
		t.Errorf("the file holds %d bytes, %v", len(got), err)
	}
	if left := leftovers(t, filepath.Dir(name)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// hupIgnored tells that the tests, and what they start, outlive a hangup, as under nohup. Asked before anything is written.
var hupIgnored = signal.Ignored(syscall.SIGHUP)

// TestKilledWhileWriting ends a program that does nothing but write, again and again: the file is whole each time, and a
// signal that can be caught leaves nothing behind.
func TestKilledWhileWriting(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL} {
		if sig == syscall.SIGHUP && hupIgnored {
			continue
		}
		for _, linked := range []bool{false, true} {
			dir := t.TempDir()
			name := filepath.Join(dir, "f")
			if err := os.WriteFile(name, bytes.Repeat([]byte("a"), 200000), 0o600); err != nil {
				t.Fatal(err)
			}
			if linked && sig != syscall.SIGKILL {
				if err := os.Link(name, filepath.Join(dir, "g")); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 12 {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), writer+"="+name)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(20+i) * time.Millisecond)
				_ = cmd.Process.Signal(sig)
				_ = cmd.Wait()
				got, err := os.ReadFile(name)
				if err != nil || len(got) != 200000 || len(bytes.Trim(got, "a")) > 0 && len(bytes.Trim(got, "b")) > 0 {
					t.Fatalf("%v: the file is not whole: %d bytes, %v", sig, len(got), err)
				}
				if left := leftovers(t, dir); len(left) > 0 && sig != syscall.SIGKILL {
					t.Errorf("%v: left behind: %v", sig, left)
				} else if len(left) > 1 { // a signal that no process can catch may leave the one file that was being written
					t.Errorf("%v: left behind: %v", sig, left)
				} else if len(left) == 1 {
					_ = os.Remove(left[0])
				}
			}
		}
	}
}
