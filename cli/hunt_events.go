package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule/hunt"
)

// archive is the events of a hunt.
type archive struct {
	inputs   []hunt.Input
	leftOut  []string // files of folders whose names are not those of events
	seen     map[string]bool
	progress *progressBar
}

// archive finds the event files: of a folder all that hold events by their names, of a glob what it matches. A file that is
// named twice is read once. The order is that of the arguments, within a folder by name.
func (c *command) archive(ctx context.Context, args []string) (*archive, error) {
	a := &archive{seen: map[string]bool{}, progress: &progressBar{out: c.terminal(), now: c.Now}}
	for _, arg := range args {
		if arg == "-" {
			a.standardInput(newInterruptibleError(ctx, c.Stdin))
			continue
		}
		paths, err := a.eventPaths(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if err := a.add(ctx, path); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

func (a *archive) standardInput(in io.Reader) {
	if a.seen["-"] {
		return
	}
	a.seen["-"] = true
	a.progress.total = -1
	a.inputs = append(a.inputs, hunt.Input{Name: "standard input", Once: true, Open: func() (io.ReadCloser, error) { return io.NopCloser(in), nil }})
}

// add adds a file. What is no regular file, a pipe perhaps, can be read but once.
func (a *archive) add(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	clean := filepath.ToSlash(filepath.Clean(path))
	if a.seen[clean] {
		return nil
	}
	a.seen[clean] = true
	switch {
	case !info.Mode().IsRegular():
		a.progress.total = -1
	case a.progress.total >= 0:
		a.progress.total += info.Size()
	}
	a.inputs = append(a.inputs, hunt.Input{Name: clean, Once: !info.Mode().IsRegular(), Open: func() (io.ReadCloser, error) { return openInterruptible(ctx, path) }})
	return nil
}

// eventPaths are the files that an argument stands for.
func (a *archive) eventPaths(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return a.eventFiles(arg)
	case err == nil:
		return []string{arg}, nil
	case !strings.ContainsAny(arg, "*?["):
		return nil, err
	}
	paths, err := filepath.Glob(arg)
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("%s: no file matches the pattern", arg)
	}
	return paths, err
}

// eventSuffixes are the names of event files in a folder, before .gz or .zst.
var eventSuffixes = []string{".ndjson", ".jsonl", ".json"}

const eventNames = "*.ndjson, *.jsonl or *.json, or these with .gz or .zst"

// eventFiles searches a folder. What is not read is noted: a file for its name, a folder that cannot be opened as an input
// that cannot.
func (a *archive) eventFiles(dir string) ([]string, error) {
	var out []string
	others := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
		clean := filepath.ToSlash(filepath.Clean(path))
		switch {
		case err != nil && path == dir:
			return err
		case err != nil:
			a.inputs = append(a.inputs, hunt.Input{Name: clean, Open: func() (io.ReadCloser, error) { return nil, err }})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case !regular(path, d):
			a.leftOut = append(a.leftOut, clean)
		case slices.Contains(eventSuffixes, filepath.Ext(name)):
			out = append(out, path)
		case !strings.HasPrefix(d.Name(), "."):
			others++
			a.leftOut = append(a.leftOut, clean)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		if others > 0 {
			return nil, fmt.Errorf("%s: no event files in the folder, expected %s; found %s, %s", dir, eventNames, wording.Count(others, "other file"), a.leftOut[len(a.leftOut)-others])
		}
		err = fmt.Errorf("%s: no event files in the folder, expected %s", dir, eventNames)
	}
	return out, err
}

// regular reports a file, or a link to one: reading a pipe in a folder might never end.
func regular(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// progressBar tells on a terminal how far something has got, once that takes over a second.
type progressBar struct {
	out   io.Writer
	now   func() time.Time
	total int64 // bytes of all inputs, or things to do; -1 if not known
	begun time.Time
	last  time.Time
	drawn bool
	off   bool
}

const barWidth = 30

func (p *progressBar) start() {
	p.begun = p.now()
	p.last = p.begun
	p.off = !isTerminal(p.out)
}

func (p *progressBar) show(at hunt.Progress) {
	if p.draw(at.Bytes, at.Events) {
		fmt.Fprintf(p.out, ", %s matches", hunt.Grouped(at.Matches))
	}
}

// draw shows how many bytes and events are read, if it is time to.
func (p *progressBar) draw(bytes int64, events int) bool {
	if p.off {
		return false
	}
	now := p.now()
	if now.Sub(p.begun) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return false
	}
	p.last, p.drawn = now, true
	rate := int(float64(events) / now.Sub(p.begun).Seconds())
	fmt.Fprintf(p.out, "\r\x1b[K%s%s events, %s a second", p.bar(bytes), hunt.Grouped(events), hunt.Grouped(rate))
	return true
}

// count shows how many of a number of things are done, if it is time to.
func (p *progressBar) count(done, all int, noun string) {
	if p.off {
		return
	}
	if now := p.now(); now.Sub(p.begun) >= time.Second && now.Sub(p.last) >= 200*time.Millisecond {
		p.last, p.drawn, p.total = now, true, int64(all)
		fmt.Fprintf(p.out, "\r\x1b[K%s%s of %s", p.bar(int64(done)), hunt.Grouped(done), wording.Count(all, noun))
	}
}

// bar shows the share of the bytes that are read; nothing if their number is not known.
func (p *progressBar) bar(read int64) string {
	if p.total <= 0 {
		return ""
	}
	share := min(float64(read)/float64(p.total), 1)
	full := int(share * barWidth)
	return fmt.Sprintf("[%s%s] %3.0f%%  ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*share)
}

func (p *progressBar) clear() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
