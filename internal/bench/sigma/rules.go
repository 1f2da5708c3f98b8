package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// pair is one rule in both languages. They mean the same: values of Sigma are compared without regard to case, as : is, contains
// and endswith are patterns of :, cased is ==, and a field that is missing makes a filter false on both sides. The category stands in the
// log source, which a pipeline of rsigma would route by: all events are of it, so that its index is not led by what all have. All
// literals are ASCII without * and ?, where the two languages differ in folding and escapes.
type pair struct {
	title string
	sigma string // a document of YAML
	eql   string
}

// vocabulary of rules and events. Rules ask for words that few events have, as rules do.
var (
	programs = words("cmd powershell pwsh wscript cscript mshta rundll32 regsvr32 certutil bitsadmin msbuild installutil wmic schtasks at net net1 nltest whoami "+
		"ipconfig systeminfo tasklist taskkill reg sc vssadmin wbadmin bcdedit cipher fsutil esentutl makecab expand curl ftp ssh scp python perl ruby node java "+
		"winword excel powerpnt outlook acrord32 chrome firefox msedge svchost services lsass spoolsv explorer taskhostw dllhost conhost searchindexer onedrive teams zoom", ".exe")
	commands = words("encodedcommand bypass hidden downloadstring invoke iex frombase64string webclient shadowcopy delete resize minidump comsvcs sekurlsa "+
		"lsadump dcsync kerberos golden ticket mimikatz procdump rubeus bloodhound sharphound urlcache decode verifyctl transfer priority foreground javascript vbscript "+
		"scrobj shell32 advpack ieadvpack url.dll openurl registerocx createobject winhttp xmlhttp adodb stream startupitems runonce currentversion winlogon userinit "+
		"imagepath binpath failurecommand create config start query export save hklm sam security system ntds snapshot mklink symboliclink recoveryenabled", "")
	folders = words(`\users\public \windows\temp \programdata \appdata\local\temp \appdata\roaming \perflogs \recycler \windows\tasks \windows\fonts \inetpub\wwwroot \windows\debug \temp`, "")
	users   = words("ann bob carol dave erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent victor walter system", "")
)

func words(list, suffix string) []string {
	out := strings.Fields(list)
	for i := range out {
		out[i] += suffix
	}
	return out
}

// maker makes rules.
type maker struct{ *rand.Rand }

func (m maker) pick(list []string) string { return list[m.IntN(len(list))] }

// some are up to n different words.
func (m maker) some(list []string, n int) []string {
	var out []string
	for _, i := range m.Perm(len(list))[:1+m.IntN(n)] {
		out = append(out, list[i])
	}
	return out
}

// rules are n rules, the same for the same n.
func rules(n int) []pair {
	m := maker{rand.New(rand.NewPCG(500, 1))}
	out := make([]pair, n)
	for i := range out {
		out[i] = m.rule(fmt.Sprintf("rule-%04d", i))
	}
	return out
}

// rule is a selection, with a second one that may replace it, and often a filter of what is known to be good.
func (m maker) rule(title string) pair {
	sigma := []string{"title: " + title, "logsource: {category: process_creation}", "detection:"}
	section := func(name string, items [][2]string) string {
		var eql []string
		sigma = append(sigma, "  "+name+":")
		for _, item := range items {
			sigma = append(sigma, "    "+item[0])
			eql = append(eql, item[1])
		}
		return strings.Join(eql, " and ")
	}
	condition := "selection"
	eql := "process where " + section("selection", m.items(2, 3))
	if m.IntN(3) == 0 {
		condition = "selection and 1 of part_*"
		one := section("part_a", m.items(1, 1))
		other := section("part_b", m.items(1, 2))
		eql += " and ((" + one + ") or (" + other + "))"
	}
	if m.IntN(2) == 0 {
		condition += " and not filter"
		eql += " and not (" + section("filter", m.items(1, 1)) + ")"
	}
	sigma = append(sigma, "  condition: "+condition)
	return pair{title, strings.Join(sigma, "\n") + "\n", eql}
}

// items are conditions on different fields, from least to most of them, as Sigma and as EQL.
func (m maker) items(least, most int) (out [][2]string) {
	kinds := []func() (string, []string, string){
		func() (string, []string, string) { return "process.name", m.some(programs, 4), "" },
		func() (string, []string, string) { return "process.parent.name", m.some(programs, 4), "" },
		func() (string, []string, string) { return "process.command_line", m.some(commands, 5), "contains" },
		func() (string, []string, string) { return "process.command_line", m.some(commands, 2), "contains|all" },
		func() (string, []string, string) { return "process.executable", m.some(folders, 3), "contains" },
		func() (string, []string, string) { return "process.executable", m.some(programs, 3), "endswith" },
		func() (string, []string, string) { return "process.working_directory", m.some(folders, 2), "contains" },
		func() (string, []string, string) { return "process.args", m.some(commands, 3), "" },
		func() (string, []string, string) { return "user.name", m.some(users, 2), "cased" },
	}
	used := map[string]bool{}
	for n := least + m.IntN(most-least+1); len(out) < n; {
		field, values, modifier := kinds[m.IntN(len(kinds))]()
		if used[field] {
			continue
		}
		used[field] = true
		if len(values) == 1 {
			modifier = strings.TrimSuffix(modifier, "|all")
		}
		out = append(out, [2]string{sigmaItem(field, modifier, values), eqlItem(field, modifier, values)})
	}
	return out
}

func sigmaItem(field, modifier string, values []string) string {
	if modifier != "" {
		field += "|" + modifier
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + v + "'"
	}
	if len(quoted) == 1 {
		return field + ": " + quoted[0]
	}
	return field + ": [" + strings.Join(quoted, ", ") + "]"
}

func eqlItem(field, modifier string, values []string) string {
	head, tail := "", ""
	switch modifier {
	case "contains", "contains|all":
		head, tail = "*", "*"
	case "endswith":
		head = "*"
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = `"` + head + strings.ReplaceAll(v, `\`, `\\`) + tail + `"`
	}
	switch {
	case modifier == "contains|all":
		return field + " : " + strings.Join(quoted, " and "+field+" : ")
	case modifier == "cased":
		return field + " in (" + strings.Join(quoted, ", ") + ")"
	}
	return field + " : (" + strings.Join(quoted, ", ") + ")"
}
