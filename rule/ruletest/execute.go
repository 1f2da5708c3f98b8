package ruletest

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"runtime"
	"sync"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema"
)

// Matcher is a compiled query.
type Matcher interface {
	// Match runs the query over event documents (JSON) and returns what matches, by position. It must not depend on an
	// earlier call, and may be called from one goroutine at a time.
	Match(events [][]byte) ([]Hit, error)
	// Explain says why a case failed, in lines: the first false condition with the value it saw, or how far a sequence got.
	Explain(f *Failure) string
}

// Options say what Execute does. The zero value runs every case.
type Options struct {
	Paths []string // rule files, folders or globs in the file system; none = all of it
	// Roots are the folders searched for fixtures that belong to no rule; nil: the folders among Paths.
	Roots []string
	// Others are rule files that have fixtures, but are not to be run.
	Others []string
	// Sources holds rule files whose text is not that of the file system, by path, as a rule from standard input.
	Sources map[string][]byte
	// Documents holds rules that have been parsed before, as those of an export, by the path of the TOML file that each would
	// be: beside it lie the fixtures. Paths names them, too.
	Documents map[string]rule.Document
	Run       *regexp.Regexp // unanchored, on "<rule stem>/<case name>"; nil = all
	// Compile makes a Matcher of a rule. An error that is a *compile.Error may say that the rule is only not supported, and where it is
	// wrong. Nil: package compile with the field types of Catalog.
	Compile func(file *rule.File) (Matcher, error)
	// Remote makes a Matcher of a rule that asks Elasticsearch itself: a second opinion on every case, see Remote. The error says why
	// the rule cannot be asked of it.
	Remote func(file *rule.File) (Matcher, error)
	// Catalog has the field types for the default Compile; nil: the embedded ones. Languages are further ones that rules may be in.
	Catalog   *schema.Catalog
	Languages []compile.Language // further ones, see compile.Compiler
	// Stack is the version that the default Compile follows, as compile.Compiler has it.
	Stack  string
	Update bool                                 // write goldens
	Write  func(name string, data []byte) error // how to write a golden; needed for Update
	Jobs   int                                  // rules at a time; 0 = number of processors
	// Progress is called after each rule, by one goroutine at a time, with the number of rules that are done and that of all; nil: never.
	Progress func(done, all int)
	// Coverage fills RuleResult.Coverage. It needs the default evaluator: with Compile there is none.
	Coverage bool
	// Mutate fills RuleResult.Mutation for rules with cases. Like coverage it needs the default evaluator.
	Mutate bool
	// Suggest fills RuleResult.Suggestions, for rules without fixtures too; it implies Coverage and Mutate.
	Suggest bool
	// Gate is what every rule must have. Its coverage needs Coverage.
	Gate Gate
	// Cross fills Report.CrossFire; with CrossCheck what CrossAllow does not name is a problem.
	Cross, CrossCheck bool
	CrossAllow        map[string][]string // globs on the stems of rule files: whose fixtures, to which other rules may match in them

	compile *compile.Compiler // the default Compile
}

// Execute runs the cases of the rules in fsys. The error tells that it could not run; what is wrong with rules and
// fixtures is in the report.
func Execute(ctx context.Context, fsys fs.FS, o Options) (*Report, error) {
	rep, err := execute(ctx, fsys, o)
	if err != nil {
		return nil, err
	}
	for _, r := range rep.Rules {
		for i := range r.Cases {
			r.Cases[i].commit(fsys, o.Write)
		}
	}
	rep.Summarize()
	return rep, nil
}

// execute is Execute, but leaves new goldens to be committed.
func execute(ctx context.Context, fsys fs.FS, o Options) (*Report, error) {
	if o.Update && o.Write == nil {
		return nil, errors.New("goldens cannot be updated: the file system is read-only")
	}
	o.compile = o.newCompiler()
	files, problems := ruleFiles(fsys, o)
	rep := &Report{SchemaVersion: SchemaVersion, Rules: []*RuleResult{}, Problems: append(problems, orphans(fsys, o, files)...)}
	results := make([]*RuleResult, len(files))
	done := o.counter(len(files))
	err := parallel(ctx, o.Jobs, len(files), func(i int) {
		results[i] = runRule(fsys, files[i], o)
		done()
	})
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		switch {
		case r == nil:
		case r.noRule:
			rep.Problems = append(rep.Problems, r.Problems...)
		default:
			rep.Rules = append(rep.Rules, r)
		}
	}
	if err := finishSet(ctx, fsys, o, rep); err != nil {
		return nil, err
	}
	rep.Summarize()
	return rep, nil
}

// counter tells Progress of one more rule with each call.
func (o *Options) counter(all int) func() {
	if o.Progress == nil {
		return func() {}
	}
	var mu sync.Mutex
	n := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		n++
		o.Progress(n, all)
	}
}

// finishSet does what needs the results of all rules.
func finishSet(ctx context.Context, fsys fs.FS, o Options, rep *Report) error {
	if o.Cross || o.CrossCheck {
		fired, err := crossFire(ctx, fsys, o, rep.Rules)
		if err != nil {
			return err
		}
		rep.CrossFire = fired
		if o.CrossCheck {
			crossProblems(rep.Rules, fired)
		}
	}
	if o.Run == nil {
		for _, r := range rep.Rules {
			r.Problems = append(r.Problems, o.Gate.check(r)...)
		}
	}
	return nil
}

// parallel calls work for 0 to n-1, jobs at a time (0 = number of processors). It stops early if the context ends.
func parallel(ctx context.Context, jobs, n int, work func(i int)) error {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(jobs, n) {
		wg.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}

// Failed tells whether a case failed or a problem of severity error was found.
func (r *Report) Failed() bool { return r.Summary.Failed > 0 || r.Summary.Errors > 0 }

// Summarize counts anew; for callers who have taken problems out.
func (r *Report) Summarize() {
	r.Summary = CaseCounts{}
	s := &r.Summary
	count := func(ps []Problem) {
		for _, p := range ps {
			switch p.Severity {
			case "error":
				s.Errors++
			case "warning":
				s.Warnings++
			}
		}
	}
	count(r.Problems)
	for _, res := range r.Rules {
		s.Rules++
		count(res.Problems)
		if len(res.Cases) > 0 {
			s.WithFixtures++
		}
		for _, c := range res.Cases {
			s.Cases++
			switch {
			case c.NotChecked != "":
				s.NotChecked++
			case c.OK:
				s.Passed++
			default:
				s.Failed++
			}
			if c.Updated {
				s.Updated++
			}
		}
	}
}
