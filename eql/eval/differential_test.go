package eval

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
)

var (
	programs = flag.Int("programs", 4000, "generated programs that the differential tests compare with the reference")
	seed     = flag.Uint64("seed", 1, "seed of generated programs and timelines")
)

// TestAgainstReference compares generated programs on generated events with the reference evaluator, with a mapping and
// without, and with the compatibility switch. -programs and -seed reach further.
func TestAgainstReference(t *testing.T) {
	var sum tally
	for i := range *programs {
		g := &gen{rand.New(rand.NewPCG(*seed, uint64(i))), i%2 == 0, Options{LiteralNeedles: i%10 > 6}}
		src := "any where " + g.cond(3)
		sum.add(compareWithReference(t, g, src))
		if t.Failed() {
			t.Fatalf("program %d of seed %d", i, *seed)
		}
	}
	t.Logf("%d programs: %+v", *programs, sum)
	if sum.matched*10 < sum.compared || sum.matched*10 > sum.compared*9 || sum.rejected*5 > *programs {
		t.Errorf("the generator is lopsided: %+v", sum)
	}
}

// tally counts what was compared.
type tally struct{ rejected, compared, matched, failed, open int }

func (s *tally) add(o tally) {
	s.rejected += o.rejected
	s.compared += o.compared
	s.matched += o.matched
	s.failed += o.failed
	s.open += o.open
}

func compareWithReference(t *testing.T, g *gen, src string) (sum tally) {
	t.Helper()
	q := mustParse(t, src)
	ref := &reference{now: time.Date(2024, 2, 4, 12, 30, 0, 0, time.UTC), plain: g.opts.LiteralNeedles}
	opts := g.opts
	opts.Now = ref.now
	var info *eql.Info
	if g.mapped {
		ref.fields = genFields
		info, _ = eql.Check(q, genFields)
	}
	cond := q.Body.(*eql.EventQuery).Cond
	p, err := Compile(q, info, opts)
	if err != nil {
		if !ref.invalid(cond) && !ref.suspect(cond) {
			t.Errorf("mapping %v: %s\nis refused: %v", g.mapped, src, err)
		}
		return tally{rejected: 1}
	}
	dec := event.NewDecoder(p.Layout())
	rec := new(event.Record)
	for range 6 {
		d := g.doc()
		text := g.encode(d)
		if err := dec.Decode([]byte(text), rec); err != nil {
			t.Fatal(err)
		}
		got := canFalse
		switch ok, err := p.Match(rec); {
		case err != nil:
			got = canFail
			sum.failed++
		case ok:
			got = canTrue
			sum.matched++
		}
		want := ref.verdict(cond, d)
		if got&want == 0 {
			t.Errorf("mapping %v, literal needles %v: %s\non %s\nis %s, the reference says %s", g.mapped, ref.plain, src, text, got, want)
		}
		if want&(want-1) != 0 {
			sum.open++
		}
		sum.compared++
	}
	return sum
}

func (o possible) String() string {
	out := ""
	for bit, name := range []string{"true", "false", "an error"} {
		if o&(1<<bit) != 0 {
			if out != "" {
				out += " or "
			}
			out += name
		}
	}
	if out == "" {
		return fmt.Sprintf("nothing (%d)", int(o))
	}
	return out
}
