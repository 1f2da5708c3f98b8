package cli

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts and in README.md")

func TestMain(m *testing.M) {
	killed()
	testscript.Main(m, map[string]func(){
		"rulevet": func() { os.Exit(Main(os.Args[1:], Options{})) },
	})
}

// TestScripts runs what users type: each file of testdata/script is a session with its files.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// pack gzip|zstd FILE TO [N]: compresses a file, and keeps the first N bytes of that.
			"pack": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(pack(args[0], ts.MkAbs(args[1]), ts.MkAbs(args[2]), args[3:]))
			},
			// exit N rulevet …: runs the command and expects the exit code.
			"exit": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 2 {
					ts.Fatalf("usage: exit CODE COMMAND [ARG...]")
				}
				err := ts.Exec(args[1], args[2:]...)
				code := "0"
				if e, ok := err.(interface{ ExitCode() int }); ok {
					code = string(rune('0' + e.ExitCode()))
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if code != args[0] {
					ts.Fatalf("exit code %s, want %s", code, args[0])
				}
			},
		},
	})
}

func pack(format, from, to string, size []string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if format == "zstd" {
		if w, err = zstd.NewWriter(&out); err != nil {
			return err
		}
	}
	if _, err = w.Write(data); err == nil {
		err = w.Close()
	}
	if err == nil && len(size) > 0 {
		var n int
		n, err = strconv.Atoi(size[0])
		out.Truncate(n)
	}
	return errors.Join(err, os.WriteFile(to, out.Bytes(), 0o644))
}
