// Package page writes the results of tests as one HTML page: the summary, each rule with its query coloured by what the
// events of its cases showed, its cases with their differences, and the ATT&CK matrix of the set. The page is one file
// that loads nothing; everything in it is escaped.
package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/rulevet/rulevet/rule/matrix"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// Data is what a page shows.
type Data struct {
	Title    string           // headline; empty = "Detection rule tests"
	Tool     string           // name and version of the program, for the last line
	Report   *ruletest.Report // what the page shows
	Matrices []*matrix.Matrix // of the rules in the report; those without a rule are left out
}

//go:embed page.tmpl
var templateText string

//go:embed page.js
var js string

var parsed = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Parse(templateText)
})

// Write writes the page. The same data give the same bytes.
func Write(w io.Writer, d Data) error {
	t, err := parsed()
	if err != nil {
		return err
	}
	var out bytes.Buffer // an error in the middle must not leave half a page
	if err := t.Execute(&out, newView(d)); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// policy is the page's Content-Security-Policy: its own style and script, and nothing from anywhere else.
func policy() string {
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + hash(js) + "'; base-uri 'none'; form-action 'none'"
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// plain replaces characters that show nothing or change how others show, as a hostile rule name may hold.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r) && r != '\u200d', r == '\u2028', r == '\u2029':
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
