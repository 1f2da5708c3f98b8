package eql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
)

// TestRecovery lists what people write who know another dialect, and slips of the hand: every error is reported once,
// where it stands, with what to write instead.
func TestRecovery(t *testing.T) {
	tests := []struct {
		src  string
		want string // "id text" of every issue, joined by " | "
		hint string // of the first one
	}{
		{`process where process.name = "cmd.exe"`, `syntax =`, `write == (exact) or : (any case, wildcards)`},
		{`process where process.name == "cmd.exe" && user.name != 'root' || x`, `syntax && | syntax 'root' | syntax ||`, `write and`},
		{`process where process.name == ?"cmd"`, `syntax ?"cmd"`, `write """…"""`},
		{`PROCESS WHERE process.name == "x" AND NOT y == 1`, `syntax WHERE | syntax AND | syntax NOT`, `write where`},
		{`process where a == 1 and not`, `syntax `, ``},
		{`process where and a == 1`, `syntax and`, `and stands between two conditions`},
		{`process where a == 1 and or b == 2`, `syntax or`, `or stands between two conditions`},
		{`process where a == 1 or not not`, `syntax `, ``},
		{`process where x not like "a*"`, `syntax not like`, `write not x like …`},
		{`sequence by x [a where true] fork=true [b where true]`, `fork fork=true`, `remove it: one event can already take part in several sequences`},
		{`file where child of [process where true]`, `process-relation child of `, `use a sequence by process.entity_id and process.parent.entity_id, or the process.parent fields`},
		{`process where true | unique a`, `pipe unique`, `only head and tail exist in Elasticsearch EQL`},
		{`process where true | filter a == 1`, `pipe filter`, `only head and tail exist in Elasticsearch EQL`},
		{`process where true | count`, `pipe count`, `only head and tail exist in Elasticsearch EQL`},
		{`process where x in ("a", "b",)`, `syntax ,`, `remove it`},
		{`process where x in ("a", "b"`, `syntax (`, `add )`},
		{`process where x in ("a" "b")`, `syntax "b"`, `put a comma between two items`},
		{`process where (a == 1 and (b == 2)`, `syntax (`, `add )`},
		{`process where a == 1)`, `syntax )`, `remove it, or add the opening one`},
		{`process where a == "x`, `syntax "x`, `close the string with a double quote on the same line`},
		{`process where a == 'x`, `syntax 'x`, `strings are written "…" or """…"""`},
		{`process process.name == "x"`, `syntax process`, ``},
		{`where a == 1`, `syntax where`, `write any where, or a category such as process where`},
		{`a == 1`, `syntax a`, `write any where in front of the condition`},
		{`process where`, `syntax `, ``},
		{`sequence by host.id [process where a == 1] [process where b == 2`, `syntax [`, `add ] after the condition`},
		{`sequence host.id [process where a == 1] [process where b == 2]`, `syntax host`, `write sequence by host`},
		{`sequence by host.id maxspan=5m [process where a == 1] [process where b == 2]`, `maxspan maxspan`, `write with maxspan=…`},
		{`sequence by host.id with maxspan 5m [process where a == 1] [process where b == 2]`, `maxspan 5`, `write maxspan=5`},
		{`sequence by host.id with maxspan=5 [process where a == 1] [process where b == 2]`, `maxspan 5`, `did you mean 5s? units are ms, s, m, h and d`},
		{`sequence with maxspan=5m by host.id [process where a == 1] [process where b == 2]`, `join-keys by host.id`, `write sequence by … with maxspan=…`},
		{`sequence by host.id, with maxspan=5m [process where a == 1] [process where b == 2]`, `syntax ,`, `remove it`},
		{`sequence by [process where a == 1] [process where b == 2]`, `syntax [`, `name a field, or remove by`},
		{`sequence [process where a == 1] host.id [process where b == 2] by host.id`, `syntax host`, `write [ … ] by host`},
		{`sequence by host.id with maxspan=5m process where a == 1] [process where b == 2]`, `syntax process`, `a clause is written [category where condition]`},
		{`sequence by host.id with maxspan=5m [process where a == 1] [process b == 2]`, `syntax b`, ``},
		{`sequence by host.id with maxspan=5m [process where a == 1 [process where b == 2]`, `syntax [`, `add ] after the condition`},
		{`sequence by host.id with maxspan=5m [process where a == 1], [process where b == 2]`, `syntax ,`, `clauses follow one another without commas`},
		{`sequence by host.id with maxspan=5m [process where a == 1] until process where b`, `syntax process`, `write until [category where condition]`},
		{`process where process.name == “cmd.exe” and a == 1`, `syntax “cmd.exe”`, `write "…" with plain double quotes`},
		{`process where process.name: "a" and process.args : ("b" , "c" or x == 1`, `syntax (`, `add )`},
		{`process where process.name : ("a", "b") process.args == "c"`, `syntax process`, `two conditions need and or or between them`},
		{`process where process.name : "a" and and process.args == "c"`, `syntax and`, `and stands between two conditions`},
		{`process where process.name :: "a"`, `syntax :`, ``},
		{`process where process..name : "a"`, `syntax .`, `write one dot between two parts of a name`},
		{`process where process.name. : "a"`, `syntax :`, ``},
		{`process where .name : "a"`, `syntax .`, ``},
		{`process where process name : "a"`, `syntax name`, `two conditions need and or or between them`},
		{`process where process.name "a"`, `syntax "a"`, `an operator is missing in front of it`},
		{`process where process.name == == "a"`, `syntax ==`, `one operator stands between two values`},
		{`process where process.name == "a" "b"`, `syntax "b"`, `an operator is missing in front of it`},
		{`process where == "a"`, `syntax ==`, `one operator stands between two values`},
		{`process where length(process.name > 5`, `syntax (`, `add )`},
		{`process where length process.name) > 5`, `syntax process`, `two conditions need and or or between them`},
		{`process where length(process.name, ) > 5`, `syntax ,`, `remove it`},
		{`process where length(, process.name) > 5`, `syntax ,`, ``},
		{`process where process.name in "a", "b"`, `syntax "a"`, `the list stands in parentheses, also for one value`},
		{`process where process.name in ["a", "b"]`, `syntax [`, `the list stands in parentheses, also for one value`},
		{`process where process.name in {"a", "b"}`, `syntax {`, `lists are written with parentheses`},
		{`process where a ! = 1`, `syntax ! =`, `write !=`},
		{`process where a =! 1`, `syntax =!`, `write !=`},
		{`process where a === 1`, `syntax ===`, `write ==`},
		{`process where a => 1`, `syntax =>`, `write >=`},
		{`process where !(a == 1)`, `syntax !`, `write not`},
		{`process where a !: "x"`, `syntax !:`, `write not a : …`},
		{`process where a not : "x"`, `syntax not :`, `write not a : …`},
		{`process where a like "x" or like "y"`, `syntax like`, `write the field in front of like`},
		{`process where a contains "x"`, `syntax contains`, `EQL has no such operator: use :, like or a function such as stringContains(field, "…")`},
		{`process where a == "x";`, `syntax ;`, `a query has no end mark`},
		{`process where a == $b`, `syntax $`, `variables do not exist in Elasticsearch EQL`},
		{`process where a == "x" # comment`, `syntax #`, `comments begin with // or stand between /* and */`},
		{`process where a == "x" /* comment`, `syntax /*`, `close it with */`},
		{`process  where a == "\d"`, `syntax \d`, `write \\d, or put the string in """…""", which has no escapes`},
		{`process where a : * `, `syntax *`, `text stands in double quotes: "*"; fields are compared with ==`},
		{`process where a : x*`, `syntax x*`, `text stands in double quotes: "x*"; fields are compared with ==`},
		{`process where a.* == 1`, `syntax *`, `there are no wildcards in field names`},
		{`process where a in ~ ("x")`, `syntax ~`, `~ must directly follow in, like, regex or a function name`},
		{`process where between 1 and 2`, `syntax 1`, `an operator is missing in front of it`},
		{`any where a < 5 < 6`, `syntax <`, `write a < b and b < c, or use parentheses`},
		{`process, file where a == 1`, `syntax ,`, `one category, or: any where event.category in ("a", "b")`},
		{`process or file where a == 1`, `syntax or`, `one category, or: any where event.category in ("a", "b")`},
		{`process where process.name == "a" | head`, `pipe head`, `write | head 10`},
		{`process where process.name == "a" head 5`, `syntax head`, `two conditions need and or or between them`},
		{`process where a == 1 then b == 2`, `syntax then`, `two conditions need and or or between them`},
		{`sequence by a [process where x == 1] [process where y == 2] | sort x`, `pipe sort`, `only head and tail exist in Elasticsearch EQL`},
		{`sequence by a [process where x == 1] [process where y == 2]] `, `syntax ]`, `remove the bracket, or add the opening one`},
		{`sequence by a [[process where x == 1] [process where y == 2]`, `syntax [`, `write any where, or a category such as process where`},
		{`sequence by a [process where x == 1][process where y == 2] by`, `syntax `, ``},
		{`sequence by a [process where x == 1] by b c [process where y == 2]`, `syntax c`, `write [ … ] by c`},
		{`sequence by a [process where x == 1] with runs 3 [process where y == 2]`, `runs 3`, `write runs=3`},
		{`sequence by a [process where x == 1] with runs=3 by b [process where y == 2]`, `join-keys by b | join-keys ]`, `write [ … ] by … with runs=N`},
		{`sequence by a [process where x == 1] runs=3 [process where y == 2]`, `syntax runs`, `write with runs=…`},
		{`sequence by a ! [process where x == 1] [process where y == 2]`, `syntax !`, `a missing event is written ![ without a blank`},
		{`sample host.id [process where x == 1] [process where y == 2]`, `syntax host`, `write sample by host`},
		{`by host.id [process where a == 1] [process where b == 2]`, `syntax by`, `write sequence or sample in front of it`},
		{`sequnce by host.id [process where a == 1] [process where b == 2]`, `syntax sequnce`, `did you mean sequence?`},
		{`[process where a == 1] [process where b == 2]`, `syntax [`, `write sequence or sample in front of it`},
		{`with maxspan=1m [process where a == 1] [process where b == 2]`, `syntax with`, `write sequence or sample in front of it`},
		{`process where a IN~ ("x") and b LIKE~ "y*" and c REGEX~ "z"`, `syntax IN~ | syntax LIKE~ | syntax REGEX~`, `write in~`},
		{`process where a IN ("x") and b LIKE "y*" and not c NOT IN ("z")`, `syntax IN | syntax LIKE | syntax NOT | syntax IN`, `write in`},
		{`SEQUENCE BY host.id WITH MAXSPAN=1m [process where a == 1] [process where b == 2] UNTIL [process where c == 3]`, `syntax SEQUENCE | syntax BY | syntax WITH | maxspan MAXSPAN | syntax UNTIL`, `write sequence`},
		{`process where a < = 1 and b = = 2`, `syntax < = | syntax = =`, `write <=`},
		{`process where a ! in ("x")`, `syntax !`, `write not`},
		{`process where (a == 1 b == 2)`, `syntax b`, `two conditions need and or or between them`},
		{`process where length(a b) > 1`, `syntax b`, ``},
		{`process where a in ("x", ) "y")`, `syntax )`, `remove it`},
		{`process where a == 1 and ) b == 2`, `syntax )`, ``},
		{`process where a == 1) and (b == 2`, `syntax ) | syntax (`, `remove it, or add the opening one`},
		{`process where a == b and c == "\q" or d = 3 and e in ()`, `syntax \q | syntax = | syntax ()`, `write \\q, or put the string in """…""", which has no escapes`},
		{`process where a == 1 | hed 5`, `pipe hed`, `did you mean head?`},
		{`process where a == 1 | tial 5`, `pipe tial`, `did you mean tail?`},
		{`process where a == 1 | head 5 extra`, `syntax extra`, ``},
		{`process where a == 1 | 5`, `syntax 5`, `only head and tail exist in Elasticsearch EQL`},
		{`process where a == 1 | head 1, 2`, `pipe 1, 2`, `write | head 10`},
		{`sequence by a [process where x == 1] with maxspan=5m [process where y == 2]`, `maxspan maxspan`, `maxspan belongs to the sequence: sequence by … with maxspan=…`},
		{`sequence by a with runs=3 [process where x == 1] [process where y == 2]`, `runs runs`, `runs belongs to one clause: [ … ] with runs=N`},
		{`sequence by a with maxspan=5m with maxspan=6m [process where x == 1] [process where y == 2]`, `syntax with maxspan=6m`, `keep one of them`},
		{`sequence by a by b [process where x == 1] [process where y == 2]`, `syntax by`, `write the keys in one list: by a, b`},
		{`sequence by a [process where x == 1] until [process where y == 2] [process where z == 3]`, `syntax [`, `move until behind the last clause`},
		{`sequence by a with maxspan=1h30m [process where x == 1] [process where y == 2]`, `maxspan h30m`, `units are ms, s, m, h and d; only one number and unit can stand there, as in 90m`},
		{`sequence by a with maxspan="5m" [process where x == 1] [process where y == 2]`, `maxspan "5m"`, `write for example maxspan=1m; units are ms, s, m, h and d`},
		{`sequence by a with maxspan=-5m [process where x == 1] [process where y == 2]`, `maxspan -5m`, `write for example maxspan=1m`},
		{`sequence by a with maxspan=1.5h [process where x == 1] [process where y == 2]`, `maxspan 1.5h`, `write an integer and a smaller unit, as in 1500ms`},
		{`sequence by a with maxspan=5min [process where x == 1] [process where y == 2]`, `maxspan min`, `units are ms, s, m, h and d; a minute is m`},
		{`sample by a with maxspan=5m [process where x == 1] [process where y == 2]`, `maxspan with maxspan`, `remove it, or use sequence`},
		{`process where 6x == 1`, `syntax x`, `a name that begins with a digit needs back-quotes`},
		{`process where f:length() == 1 and g:startsWith("x")`, `syntax length | syntax startsWith`, `write length(f)`},
		{`process where ?length(x) == 1`, `syntax ?`, `remove the question mark`},
		{`process where a as b == 1`, `syntax as`, `two conditions need and or or between them`},
	}
	for _, tt := range tests {
		q, issues := eql.Parse(tt.src)
		var got []string
		for _, i := range issues {
			got = append(got, i.ID+" "+tt.src[i.Span.Start:i.Span.End])
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " | ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s%v", tt.src, diff, issues)
		} else if diff := cmp.Diff(tt.hint, issues[0].Hint); diff != "" {
			t.Errorf("%s: hint (-want +got)\n%s", tt.src, diff)
		}
		nested(t, q)
	}
}
