package fn

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
)

// Arg is an argument as the choice of an overload sees it.
type Arg struct {
	Type    block.Type
	Const   *block.Block // the value of a constant, one row; nil for others
	Literal bool         // a text of the query, which may stand for a value of another type
	Span    *moment.Span // a time span
}

// Text returns the text of a constant.
func (a *Arg) Text() (string, bool) {
	if a.Const == nil || a.Const.Type.Storage() != block.Strings || a.Const.IsNull(0) {
		return "", false
	}
	return a.Const.S[0], true
}

// Env is what functions need to know when a query is compiled.
type Env struct {
	Zone *time.Location
	// Options are those of the call, such as {"leading_zeros": "octal"}.
	Options map[string]string
	// V8 follows Elasticsearch 8.19 where it differs from 9.5.
	V8 bool
}

// Func is a chosen overload.
type Func struct {
	Type   block.Type
	Want   []block.Type // to which types arguments are cast; Null leaves one as it is
	Kernel Kernel
	// Nulls is set for functions that look at nulls themselves: for the others a null argument gives null.
	Nulls bool
}

// resolver chooses the overload of one call.
type resolver struct {
	*Env
	name string
	args []Arg
}

func (r *resolver) fail(format string, args ...any) (Func, error) {
	return Func{}, fmt.Errorf(strings.ToUpper(r.name)+": "+format, args...)
}

// typ is the type of an argument; a missing one has none.
func (r *resolver) typ(i int) block.Type {
	if i >= len(r.args) {
		return block.Null
	}
	return r.args[i].Type
}

// ErrNotRun says that a function exists, but not here.
var ErrNotRun = errors.New("is not run by this program")

type builder func(r *resolver) (Func, error)

// Resolve chooses the overload of a function by the types of its arguments. The name is in lower case.
func Resolve(env *Env, name string, args []Arg) (Func, error) {
	r := &resolver{env, name, args}
	for _, area := range []func(string) builder{mathFunction, stringFunction, convertFunction, dateFunction, mvFunction, otherFunction} {
		if b := area(name); b != nil {
			f, err := b(r)
			if err != nil {
				return f, err
			}
			if f.Want == nil {
				f.Want = make([]block.Type, len(args))
			}
			if !f.Nulls {
				for _, a := range args {
					if a.Type == block.Null && a.Span == nil {
						return Func{Type: f.Type, Want: make([]block.Type, len(args)), Kernel: nullKernel(f.Type)}, nil
					}
				}
			}
			return f, nil
		}
	}
	return Func{}, fmt.Errorf("the function %s %w", strings.ToUpper(name), ErrNotRun)
}

func nullKernel(t block.Type) Kernel {
	return func(_ *Call, n int, _ []*block.Block) *block.Block { return block.Nulls(t, n) }
}

// common is the type that numbers of several types are computed in.
func common(a, b block.Type) block.Type {
	switch {
	case a == b:
		return a
	case a == block.Null:
		return b
	case b == block.Null:
		return a
	case a == block.Double || b == block.Double:
		return block.Double
	case a == block.UnsignedLong || b == block.UnsignedLong:
		return block.UnsignedLong
	case a == block.Long || b == block.Long:
		return block.Long
	}
	return a
}

// alike is the type of two arguments whose values are put together. A query that was not checked may have arguments that have none.
func (r *resolver) alike() (block.Type, error) {
	a, b := r.typ(0), r.typ(1)
	if a != block.Null && b != block.Null && a.Storage() != b.Storage() {
		return 0, fmt.Errorf("the values of both arguments must be of one type, found [%s] and [%s]", a, b)
	}
	return keep(common(a, b)), nil
}
