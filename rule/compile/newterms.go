package compile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// newTerms is a rule of that type: a result is the first event with a combination of values that no event before the window of the
// rule has, back to the start of its history. The rule runs at the time of the last event that it is shown; an event without a
// time counts as one of then.
type newTerms struct {
	*grouped
	from, history string // date mathematics
}

// defaultFrom is where the window of a rule begins that does not say.
const defaultFrom = "now-6m"

func newNewTerms(p search.Program, file *rule.File, fields mapping.Fields, s Settings) (search.Program, error) {
	want := file.Rule.NewTerms
	if want == nil || len(want.Value) == 0 {
		return nil, errors.New("the rule names no fields of new terms")
	}
	g, _, err := newGrouped(p, fields, s, file.Rule.TimestampOverride, want.Value)
	if err != nil {
		return nil, err
	}
	out := &newTerms{grouped: g, from: cmp.Or(file.Rule.From, defaultFrom), history: want.HistoryWindowStart}
	if _, err := start(out.from, time.Now()); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if _, err := start(out.history, time.Now()); err != nil {
		return nil, fmt.Errorf("history_window_start: %w", err)
	}
	return out, nil
}

// start is the instant that date mathematics gives.
func start(text string, now time.Time) (esdate.Instant, error) {
	at, _, err := esdate.Default().Literal(text, now)
	return at, err
}

// Start implements search.Program.
func (n *newTerms) Start(search.Start) search.State { return &newTermsState{n: n} }

// newTermsState collects the events that the query matches.
type newTermsState struct {
	n     *newTerms
	terms []term
	last  esdate.Instant // of all events
	timed bool
	old   []search.Progress // of combinations that are not new
}

// term is a combination that an event has.
type term struct {
	values []string
	key    string
	ref    *search.Ref
	at     esdate.Instant
	timed  bool
}

// Feed implements search.State.
func (s *newTermsState) Feed(rec *event.Record, ref search.Ref, given []predicate.Verdict) error {
	at, timed := s.n.at(rec)
	if timed && (!s.timed || at.Compare(s.last) > 0) {
		s.last, s.timed = at, true
	}
	hit, err := s.n.hit(rec, ref, given)
	if err != nil || !hit {
		return err
	}
	list, err := s.n.combinations(rec, ref.Index)
	if err != nil || len(list) == 0 {
		return err
	}
	own := kept(ref)
	for _, values := range list {
		s.terms = append(s.terms, term{values, keyOf(values), own, at, timed})
	}
	return nil
}

// Finish implements search.State.
func (s *newTermsState) Finish() []search.Result {
	now := s.last.Time()
	if !s.timed {
		now = time.Now()
		s.last = esdate.FromTime(now)
	}
	from, errFrom := start(s.n.from, now)
	history, errHistory := start(s.n.history, now)
	if errFrom != nil || errHistory != nil { // cannot be: they were read before
		return nil
	}
	for i := range s.terms {
		if t := &s.terms[i]; !t.timed {
			t.at = s.last
		}
	}
	slices.SortStableFunc(s.terms, func(a, b term) int { return a.at.Compare(b.at) })
	seen := map[string]bool{}
	var found []term
	for _, t := range s.terms {
		if seen[t.key] || t.at.Compare(history) < 0 {
			continue
		}
		seen[t.key] = true
		if t.at.Compare(from) >= 0 {
			found = append(found, t)
			continue
		}
		s.old = append(s.old, search.Progress{Keys: pointers(t.values), Events: []*search.Ref{t.ref},
			Reason: fmt.Sprintf("%s is not new: event %d has it, before the window of the rule", s.n.named(t.values, ""), t.ref.Index)})
	}
	slices.SortStableFunc(found, func(a, b term) int { return slices.Compare(a.values, b.values) })
	var out []search.Result
	for _, t := range found {
		out = append(out, search.Result{Keys: pointers(t.values), Events: []*search.Ref{t.ref}})
	}
	return out
}

// Progress implements search.Tracer.
func (s *newTermsState) Progress() []search.Progress { return s.old }
