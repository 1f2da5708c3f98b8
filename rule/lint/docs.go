package lint

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// The page of a check is docs/<area>/<name>.md:
//
//	# area/name
//
//	Title of the check
//
//	What it finds, in a sentence or two. What goes wrong if nobody fixes it.
//
//	## Bad
//
//	```toml
//	[rule]
//	severity = "low"
//	```
//
//	## Good
//
//	```toml
//	…
//	```
//
//	## Fix
//
//	What to do.
//
//	## Configuration
//
//	Optional; says how to tune the check beyond severity, suppression and excludes.
//
//	Since 0.1.0
//
// The first paragraph equals Check.Title. Severity, scope and fix are not repeated in the page; they are shown from the
// check. The examples of Bad and Good are run by the tests: every Bad one must give the code, no Good one may. A fence
// "toml" holds keys that are laid over a small clean rule (a key or table replaces the one of the same name; arrays of
// tables replace as a whole); "# without rule.name" takes a key away; "# file rules/linux/name.toml" sets the path and
// starts another file; "# raw" as first line means the whole file. "# config key = value"
// sets a value of the configuration. A fence "eql" holds the query alone, "txtar" a whole repository for the checks of fixtures.

//go:embed docs
var pages embed.FS

// Page is the documentation of one check.
type Page struct {
	Code  string    // of the check
	Title string    // one line
	What  string    // what it finds and why, Markdown
	Bad   []Example // rules or queries that the check finds something in
	Good  []Example // the same put right
	Fix   string    // how to fix it, Markdown
	Tune  string    // configuration, Markdown; may be empty
	Since string    // version that brought the check
	Text  string    // the whole page
}

// Example is a code fence of a page.
type Example struct {
	Lang string // toml, eql or txtar
	Text string // as the page shows it
}

// PageOf returns the page of a check.
func PageOf(code string) (*Page, error) {
	data, err := pages.ReadFile("docs/" + code + ".md")
	if err != nil {
		return nil, fmt.Errorf("no page docs/%s.md", code)
	}
	p, err := parsePage(string(data))
	if err != nil {
		return nil, fmt.Errorf("docs/%s.md: %w", code, err)
	}
	if p.Code != code {
		return nil, fmt.Errorf("docs/%s.md: the heading is %q", code, p.Code)
	}
	return p, nil
}

// PageFor returns the page of a check, built in or not. For one without a page it says what the check itself says.
func PageFor(c *check.Check) (*Page, error) {
	if c.Page == "" {
		if p, err := PageOf(c.Code); err == nil {
			return p, nil
		}
		return &Page{Code: c.Code, Title: c.Title, Text: fmt.Sprintf("# %s\n\n%s\n\nSeverity %s, scope %s, fix: %s. The check has no page.\n",
			c.Code, c.Title, c.Severity, c.Scope, c.Fix)}, nil
	}
	p, err := parsePage(c.Page)
	switch {
	case err != nil:
		return nil, fmt.Errorf("its page: %w", err)
	case p.Code != c.Code:
		return nil, fmt.Errorf("its page: the heading is %q", p.Code)
	}
	return p, nil
}

func parsePage(text string) (*Page, error) {
	p := &Page{Text: text}
	sections := map[string][]string{}
	section, fenced := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		switch {
		case fenced:
			sections[section] = append(sections[section], line)
		case strings.HasPrefix(line, "# "):
			p.Code = strings.TrimPrefix(line, "# ")
		case strings.HasPrefix(line, "## "):
			section = strings.TrimPrefix(line, "## ")
			sections[section] = []string{}
		case strings.HasPrefix(line, "Since "):
			p.Since = strings.TrimPrefix(line, "Since ")
		default:
			sections[section] = append(sections[section], line)
		}
	}
	if fenced {
		return nil, errors.New("an unclosed code fence")
	}
	intro := joinLines(sections[""])
	p.Title, p.What, _ = strings.Cut(intro, "\n\n")
	p.Bad, p.Good = examples(sections["Bad"]), examples(sections["Good"])
	p.Fix, p.Tune = joinLines(sections["Fix"]), joinLines(sections["Configuration"])
	return p, p.complete(sections)
}

func (p *Page) complete(sections map[string][]string) error {
	for name := range sections {
		if !slices.Contains([]string{"", "Bad", "Good", "Fix", "Configuration"}, name) {
			return fmt.Errorf("unknown section %q", name)
		}
	}
	switch {
	case p.Code == "" || p.Title == "":
		return errors.New("no heading or no title")
	case p.What == "":
		return errors.New("no explanation")
	case len(p.Bad) == 0 || len(p.Good) == 0:
		return errors.New("no bad or no good example")
	case p.Fix == "":
		return errors.New("no section Fix")
	case p.Since == "":
		return errors.New("no line Since")
	}
	return nil
}

func joinLines(lines []string) string { return strings.TrimSpace(strings.Join(lines, "\n")) }

// examples cuts the code fences out of a section.
func examples(lines []string) []Example {
	var out []Example
	var cur *Example
	for _, line := range lines {
		switch {
		case !strings.HasPrefix(line, "```"):
			if cur != nil {
				cur.Text += line + "\n"
			}
		case cur == nil:
			cur = &Example{Lang: strings.TrimPrefix(line, "```")}
		default:
			out = append(out, *cur)
			cur = nil
		}
	}
	return out
}
