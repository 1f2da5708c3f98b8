package eql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
)

// openCatalog knows some fields and cannot decide about all others.
type openCatalog struct{ catalog }

func (c openCatalog) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	if i, ok := c.catalog[name]; ok {
		return i, eql.Present
	}
	return eql.FieldInfo{}, eql.Undecidable
}

// TestWarnings holds the static warnings of LANGUAGE.md 4 that look at a filter or sequence as a whole. Beside each
// finding stand the near cases without one.
func TestWarnings(t *testing.T) {
	fields := openCatalog{catalog{
		"k": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}, "arr": {Type: eql.TypeKeyword, Array: true}, "nums": {Type: eql.TypeLong, Array: true},
		"ip": {Type: eql.TypeIP}, "process.command_line": {Type: eql.TypeKeyword}, "process.name": {Type: eql.TypeKeyword},
	}}
	tests := []struct{ src, want string }{
		{`any where n == 1 and k != "x"`, `neq-missing k != "x"`},
		{`any where n == 1 and k not in ("x", "y")`, `neq-missing k not in ("x", "y")`},
		{`any where n == 1 and k != "x" and k != null`, ``},
		{`any where n == 1 and (k != "x" or k == "yes")`, ``},
		{`any where n == 1 and not k : "x*" and ?k2 != "x" and k != null`, ``},
		{`any where n == 1 and not k != "x"`, ``},
		{`sequence by k [any where k != "x"] [any where n == 1]`, ``},
		{`sequence by n [any where k != "x"] [any where k == "y"]`, `neq-missing k != "x"`},

		{`any where not ?new.field : "x"`, `not-optional-null ?new.field : "x"`},
		{`any where ?new.field not in ("x")`, `not-optional-null ?new.field not in ("x")`},
		{`any where not startsWith(?new.field, "x")`, `not-optional-null startsWith(?new.field, "x")`},
		{`any where not ?new.field like "x*"`, `not-optional-null ?new.field like "x*"`},
		{`any where not ?new.field == "x" and not ?a : "b*" and ?a == null`, ``},
		{`any where ?new.field != "x" and not ?new.other like "x"`, `like-no-wildcard like`}, // becomes ==
		{`any where not new.field : "x" and not ?k : "x" and ?b : "x"`, ``},
		{`any where not (not ?new.field : "x" and n == 1)`, ``},

		{`any where length(arr) > 5 and n == 1 and length(arr) < 9`, `array-and length(arr) < 9`},
		{`any where nums >= 5 and 9 > nums`, `array-and 9 > nums`},
		{`any where length(arr) > 5 and length(arr) > 9`, ``},
		{`any where n > 5 and n < 9 and length(k) > 5 and length(k) < 9`, ``},
		{`any where nums > 5 or nums < 3`, ``},
		{`any where nums > 5 and (n == 1 or nums < 9)`, ``},

		{`any where host.os.type == "Windows"`, `case-literal "Windows"`},
		{`any where event.category in ("process", "File") and process.hash.sha256 != "ABC" and process.hash.sha256 != null`, `case-literal "File" | case-literal "ABC"`},
		{`any where host.os.type : "Windows" and event.type in~ ("START")`, ``},
		{`any where startsWith(event.dataset, "Okta.") or startsWith~(event.dataset, "Okta.")`, `case-literal "Okta."`},
		{`any where process.name == "CMD.EXE"`, ``},
		{`any where process.name == "cmd.exe" or process.name : ("CMD.exe", "b")`, `case-literal "CMD.exe"`},
		{`any where process.name == "cmd.exe" or process.name : ("cmd*", "b") or k == "b"`, ``},

		{`sequence by k with maxspan=1m [any where n == 1] [any where n == 1]`, `runs-overlap sequence`},
		{`sequence by k with maxspan=1m [any where n == 1] with runs=3`, `runs-overlap sequence`},
		{`sequence by k with maxspan=1m [any where n == 1] with runs=3 [any where n == 2]`, ``},
		{`sequence with maxspan=1m [any where n == 1] by k [any where n == 1] by process.name`, ``},

		{`sequence by k [file where n == 1] [any where n == 2] until [file where true]`, `until-same file where true`},
		{`sequence by k [file where n == 1 and process.name == "a"] [any where n == 2] until [any where (n == 1)]`, `until-same any where (n == 1)`},
		{`sequence by k [any where n == 1] [file where n == 2] until [file where n == 2]`, ``}, // the last stage may
		{`sequence by k [any where n == 0] [file where n == 2] with runs=2 until [file where n == 2]`, `until-same file where n == 2`},
		{`sequence by k [any where n == 1] [any where n == 2] until [file where n == 1]`, ``},
		{`sequence by k [file where n == 1] [any where n == 2] until [file where n == 1 and process.name == "x"]`, ``},
		{`sequence with maxspan=1m [any where n == 1] by k [any where n == 2] by k until [any where n == 1] by process.name`, ``},

		{`sequence [any where n == 1] by ?k [any where n == 2] by k`, `key-nullable k`},
		{`sequence [any where n == 1] by ?k [any where n == 2] by ?k until [any where n == 3] by ?process.name`, ``},

		{`any where process.command_line regex "curl https?://[0-9]+"`, `regex-no-dotstar "curl https?://[0-9]+"`},
		{`any where process.command_line regex (".*curl", "curl.*", "(.*)x", "@x") and k regex "abc+"`, `regex-operator "@x"`},
		{`any where substring(k, 1) regex "a<1-5>" or concat(k, n) regex~ "a~b"`, `regex-script-flavour "a<1-5>" | regex-script-flavour "a~b"`},
		{`any where substring(k, 1) regex "a@b[a-z]#\"c\"^$(?i)"`, ``},

		{`any where cidrMatch(ip, "10.1.2.3/8", "10.0.0.0/8", "::1", "2001:db8::1/32")`, `function-arguments "10.1.2.3/8" | function-arguments "2001:db8::1/32"`},
		{`any where n / nums == 1.5`, `int-division n / nums | div-zero nums`},
		{`any where divide(5, n) == 2 or modulo(n, 2) == 0`, `div-zero n`},
		{`any where divide(5, n) == 2 and n != 0`, ``},
		{`any where indexOf(k, "x") < 0 or -1 != indexOf(k, "y")`, `indexof-negative 0 | indexof-negative -1`},
		{`any where indexOf(k, "x") >= 0 and 0 <= indexOf(k, "y") and indexOf(k, "z") != null`, ``},
		{`any where length(k) == "5" or concat(k, n) == 5 or startsWith(k, "a") == "true"`, `type-mismatch "5" | type-mismatch 5 | type-mismatch "true"`},
		{`any where k : "a" or "b"`, `type-mismatch "b"`},
		{`any where ?a == ?b or ?a == k`, `field-comparison ?b | field-comparison k`},
	}
	for _, tt := range tests {
		q, issues := eql.Parse(tt.src)
		if len(issues) > 0 {
			t.Errorf("%s: %v", tt.src, issues)
			continue
		}
		_, issues = eql.Check(q, fields)
		var got []string
		for _, i := range issues {
			if i.Code != "query/no-join-key" && i.Code != "query/const-condition" {
				got = append(got, strings.TrimPrefix(i.Code, "query/")+" "+tt.src[i.Span.Start:i.Span.End])
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " | ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s%v", tt.src, diff, issues)
		}
	}
}
