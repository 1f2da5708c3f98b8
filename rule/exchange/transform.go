package exchange

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/rule"
)

// The note of a rule file names the entries of [transform] by place: $osquery_0. Kibana's note has the entry itself, as
// !{osquery{...}} with the keys of the JSON sorted.

var placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(?:(\$)|([a-z]+)_([0-9]+)|\{([a-z]+)_([0-9]+)\})`) })

// maxNote bounds what placeholders may make of a note, in bytes.
const maxNote = 4 << 20

// expand replaces the placeholders of a note. $$ is one dollar sign; names that [transform] does not have stay, and so does
// what would make the note longer than maxNote.
func expand(note string, transform *value) string {
	var b strings.Builder
	at := 0
	widgets := map[string]string{}
	for _, m := range placeholder().FindAllStringSubmatchIndex(note, -1) {
		b.WriteString(note[at:m[0]])
		at = m[1]
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return note[m[2*i]:m[2*i+1]]
		}
		name, number := group(2), group(3)
		if name == "" {
			name, number = group(4), group(5)
		}
		key := name + "_" + number
		widget, ok := widgets[key]
		if !ok {
			widget, _ = widgetOf(transform, name, number)
			widgets[key] = widget
		}
		switch {
		case group(1) != "":
			b.WriteByte('$')
		case widget != "" && b.Len()+len(widget) <= maxNote:
			b.WriteString(widget)
		default:
			b.WriteString(note[m[0]:m[1]])
		}
	}
	b.WriteString(note[at:])
	return b.String()
}

// widgetOf is what Kibana's note has for an entry.
func widgetOf(transform *value, name, number string) (string, bool) {
	list := transform.get(name)
	i, err := strconv.Atoi(number)
	if list == nil || list.kind != rule.ArrayNode || err != nil || i >= len(list.list) || strconv.Itoa(i) != number {
		return "", false
	}
	return "!{" + name + string(list.list[i].appendJSON(nil)) + "}", true
}

// placeholders puts the placeholders back, where a note has the entries as they are.
func placeholders(note string, transform *value) string {
	var pairs []string
	for _, name := range transform.keys() {
		for i := range transform.members[name].list {
			if widget, ok := widgetOf(transform, name, strconv.Itoa(i)); ok {
				pairs = append(pairs, widget, "$"+name+"_"+strconv.Itoa(i))
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(note)
}
