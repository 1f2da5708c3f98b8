package hunt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

// TestVault puts in more than the memory and the file hold: the latest documents are there, as they were, and older ones are said to be gone.
func TestVault(t *testing.T) {
	v := newVault(100, 3, 4)
	defer v.close()
	type stored struct {
		at  int64
		doc []byte
	}
	var all []stored
	for i := range 200 {
		doc := []byte(strings.Repeat(fmt.Sprint(i%10), 1+i*7%60))
		all = append(all, stored{v.put(doc), doc})
		held := 0
		for j, s := range all {
			got, err := v.get(s.at, len(s.doc))
			switch {
			case err == nil && !bytes.Equal(got, s.doc):
				t.Fatalf("document %d after %d is %q, want %q", j, i, got, s.doc)
			case err == nil:
				held++
			case !errors.Is(err, errGivenUp):
				t.Fatal(err)
			case held > 0:
				t.Fatalf("document %d is gone after %d, earlier ones are not", j, i)
			}
		}
		if held < min(i+1, 9) {
			t.Fatalf("%d documents after %d", held, i)
		}
	}
	if v.file == nil {
		t.Error("nothing was written")
	}
}

// TestVaultWithoutFile: a disk that takes nothing costs documents of samples, not the search.
func TestVaultWithoutFile(t *testing.T) {
	v := newVault(10, 2, 4)
	v.err = errors.New("no space")
	first := v.put([]byte("12345678"))
	for range 5 {
		last := v.put([]byte("abcdefgh"))
		if got, err := v.get(last, 8); err != nil || string(got) != "abcdefgh" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if _, err := v.get(first, 8); err == nil {
		t.Error("a document that was not written is there")
	}
}

func TestNote(t *testing.T) {
	for _, n := range []note{{}, {moment{-5, true}, -1, 1 << 20, "h\x00 \xff"}, {moment{1 << 60, false}, 1 << 50, 3, ""}} {
		got, ok := readNote(n.append(nil))
		if d := cmp.Diff(n, got, cmp.AllowUnexported(note{}, moment{})); !ok || d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	if _, ok := readNote([]byte(`{"a":1}`)); ok {
		t.Error("a document is taken for a note")
	}
}

// TestFarApart: of a pair with more in between than the vault holds the match is found, at the right time and host, and the document
// that is there is shown.
func TestFarApart(t *testing.T) {
	between := 0
	in := Input{Name: "long", Open: func() (io.ReadCloser, error) {
		filler := strings.Repeat(letter(2000, "c", "y")+"\n", 1<<12)
		parts := []io.Reader{strings.NewReader(letter(1000, "a", "x") + "\n")}
		for range 24 { // as many bytes as the chunks in memory have, and more
			parts, between = append(parts, strings.NewReader(filler)), between+1<<12
		}
		parts = append(parts, strings.NewReader(letter(3000, "b", "x")+"\n"))
		return io.NopCloser(io.MultiReader(parts...)), nil
	}}
	files := []*rule.File{ruleFile("pair", `sequence by host.name [any where process.name in ("a", "c")] [any where process.name == "b"]`, "")}
	r := hunted(t, Options{}, files, in)
	if d := cmp.Diff([]string{fmt.Sprintf("PAIR: long/1+long/%d", between+2)}, found(r)); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
	events := r.Rules[0].Samples[0].Events
	if string(events[0].Source) != letter(1000, "a", "x") || events[0].Host != "x" || events[1].Time != "1970-01-01T00:00:03.000Z" || r.Rules[0].Hosts.Top[0].Value != "x" {
		t.Errorf("%+v %+v", *events[0], *events[1])
	}
}
