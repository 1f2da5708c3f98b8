package mitre

import "strings"

// Kind is what the form of an id or reference says it names. The zero value is no kind.
type Kind uint8

// Kinds of entries.
const (
	_ Kind = iota
	TacticKind
	TechniqueKind
	SubtechniqueKind
)

const (
	attackSite = "https://attack.mitre.org/"
	atlasSite  = "https://atlas.mitre.org/"
)

// ParseID tells framework and kind from the form of an id, whether or not such an entry exists: TA0002, T1059,
// T1059.004, AML.TA0005, AML.T0051, AML.T0051.000. ok is false for any other form.
func ParseID(id string) (fw Framework, kind Kind, ok bool) {
	fw = ATTACK
	rest, atlas := strings.CutPrefix(id, "AML.")
	if atlas {
		fw = ATLAS
	}
	if digits, tactic := strings.CutPrefix(rest, "TA"); tactic {
		return fw, TacticKind, isDigits(digits)
	}
	rest, ok = strings.CutPrefix(rest, "T")
	main, sub, dotted := strings.Cut(rest, ".")
	if !dotted {
		return fw, TechniqueKind, ok && isDigits(main)
	}
	return fw, SubtechniqueKind, ok && isDigits(main) && isDigits(sub)
}

// ParentID returns the id before the last dot of a sub-technique id, or "" for any other.
func ParentID(id string) string {
	if _, kind, ok := ParseID(id); !ok || kind != SubtechniqueKind {
		return ""
	}
	return id[:strings.LastIndexByte(id, '.')]
}

// URL returns the page of an entry with the closing slash that rule files use, or "" if id has no known form.
func URL(id string) string {
	fw, kind, ok := ParseID(id)
	if !ok {
		return ""
	}
	site := attackSite
	if fw == ATLAS {
		site = atlasSite
	}
	switch {
	case kind == TacticKind:
		return site + "tactics/" + id + "/"
	case kind == SubtechniqueKind && fw == ATTACK:
		return site + "techniques/" + strings.Replace(id, ".", "/", 1) + "/"
	}
	return site + "techniques/" + id + "/"
}

// ParseURL returns the framework, kind and id that a reference names, whether or not such an entry exists. A missing
// closing slash is accepted. ok is false if the reference has not the form that URL gives.
func ParseURL(ref string) (fw Framework, kind Kind, id string, ok bool) {
	path, ok := strings.CutPrefix(ref, attackSite)
	fw = ATTACK
	if !ok {
		path, ok = strings.CutPrefix(ref, atlasSite)
		fw = ATLAS
	}
	if !ok {
		return 0, 0, "", false
	}
	section, id, _ := strings.Cut(strings.TrimSuffix(path, "/"), "/")
	if fw == ATTACK {
		id = strings.Replace(id, "/", ".", 1)
	}
	got, kind, ok := ParseID(id)
	if !ok || got != fw || (section == "tactics") != (kind == TacticKind) || section != "tactics" && section != "techniques" {
		return 0, 0, "", false
	}
	if want := URL(id); strings.TrimSuffix(want, "/") != strings.TrimSuffix(ref, "/") || strings.HasSuffix(ref, "//") {
		return 0, 0, "", false // such as .../techniques/T1059.004 for .../techniques/T1059/004
	}
	return fw, kind, id, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
