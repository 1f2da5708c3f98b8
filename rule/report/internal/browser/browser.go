// Package browser looks at HTML pages in headless Chromium, for tests.
package browser

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"context"
)

// probe finds what is wrong with the layout: a page wider than the screen, text in columns a few letters wide, labels on top of one another,
// and text whose contrast to what is behind it is below 4.5 (WCAG AA). It writes the list into the page's title.
const probe = `<script>addEventListener("load", () => {
  const bad = [], width = document.documentElement.clientWidth
  const say = (what, e) => bad.push(what + ": " + e.tagName.toLowerCase() + "." + e.className + " " + (e.textContent || "").trim().slice(0, 40))
  if (document.documentElement.scrollWidth > width) bad.push("the page is " + document.documentElement.scrollWidth + " wide on a screen of " + width)
  const lum = c => { const f = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }); return .2126 * f[0] + .7152 * f[1] + .0722 * f[2] }
  const rgb = s => { const m = s.match(/[\d.]+/g).map(Number); return { c: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 } }
  const back = e => { for (; e; e = e.parentElement) { const b = rgb(getComputedStyle(e).backgroundColor); if (b.a > .99) return b.c } return rgb(getComputedStyle(document.body).backgroundColor).c }
  const texts = []
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.checkVisibility || !e.checkVisibility() || e.closest("svg")) continue
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim().length > 0)
    if (!own) continue
    const r = e.getBoundingClientRect()
    if (r.width < 1 || r.height < 1) continue
    const a = lum(rgb(getComputedStyle(e).color).c), b = lum(back(e)), contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
    if (contrast < 4.5 && Number(getComputedStyle(e).opacity) > .99) say("contrast " + contrast.toFixed(2), e)
    const longest = Math.max(...e.textContent.trim().split(/\s+/).map(w => w.length)), size = parseFloat(getComputedStyle(e).fontSize)
    if (longest > 6 && r.width < 3 * size && getComputedStyle(e).display !== "inline") say("a column of " + Math.round(r.width) + " pixels", e)
    if (getComputedStyle(e).display !== "inline") texts.push([e, r])
  }
  const axis = [...document.querySelectorAll(".axis > *")].map(e => [e, e.getBoundingClientRect()])
  for (const [e, r] of axis) for (const [f, s] of axis)
    if (e !== f && r.left < s.right - 1 && s.left < r.right - 1 && r.top < s.bottom - 1 && s.top < r.bottom - 1) say("labels overlap", e)
  document.documentElement.setAttribute("data-bad", JSON.stringify([...new Set(bad)].slice(0, 10)))
})</script>`

var found = regexp.MustCompile(`data-bad="([^"]*)"`)

// chromium is the browser, empty if there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Check lays a page out on screens of 400 and 1280 pixels, in light and dark, and prints it on A4. It skips the test where there is no
// Chromium.
func Check(t *testing.T, page string) {
	t.Helper()
	chrome := chromium()
	if chrome == "" {
		t.Skip("skipped: no Chromium is installed")
	}
	dir := t.TempDir()
	// The page's own policy allows no other script; of the copy it is taken away.
	probed := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(page, "")
	if probed == page {
		t.Error("the page has no Content-Security-Policy")
	}
	for _, scheme := range []string{"light", "dark"} {
		text := strings.Replace(probed, "</head>", probe+"</head>", 1)
		// The flag for dark mode differs between versions: the media query is decided in the copy.
		other := map[string]string{"light": "not all", "dark": "all"}[scheme]
		text = strings.ReplaceAll(text, "(prefers-color-scheme: dark)", other)
		file := filepath.Join(dir, scheme+".html")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{500, 1280} { // headless Chromium has no window below 500 pixels
			t.Run(fmt.Sprintf("%s %d", scheme, width), func(t *testing.T) { look(t, chrome, dir, file, width) })
		}
		narrow := filepath.Join(dir, scheme+"-narrow.html")
		frame := `<!DOCTYPE html><body style="margin:0"><iframe id="f" src="` + filepath.Base(file) + `" style="border:0;width:400px;height:4000px"></iframe>` +
			`<script>addEventListener("load", () => setTimeout(() => document.documentElement.setAttribute("data-bad", f.contentDocument.documentElement.getAttribute("data-bad")), 300))</script>`
		if err := os.WriteFile(narrow, []byte(frame), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(scheme+" 400", func(t *testing.T) { look(t, chrome, dir, narrow, 1000) })
	}
	t.Run("print", func(t *testing.T) { printed(t, chrome, dir, page) })
}

// look runs the probe at a width.
func look(t *testing.T, chrome, dir, file string, width int) {
	t.Helper()
	out := run(t, chrome, dir, fmt.Sprintf("--window-size=%d,2000", width), "--allow-file-access-from-files", "--virtual-time-budget=2000", "--dump-dom", "file://"+file)
	m := found.FindSubmatch(out)
	if m == nil {
		t.Fatalf("the probe did not run: %d bytes of page", len(out))
	}
	var bad []string
	if err := json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &bad); err != nil {
		t.Fatal(err)
	}
	for _, b := range bad {
		t.Error(b)
	}
}

// printed makes a PDF: it has pages, and what the screen hides behind a click is on them.
func printed(t *testing.T, chrome, dir, page string) {
	t.Helper()
	file, pdf := filepath.Join(dir, "print.html"), filepath.Join(dir, "print.pdf")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, chrome, dir, "--print-to-pdf="+pdf, "--no-pdf-header-footer", "file://"+file)
	data, err := os.ReadFile(pdf)
	if err != nil || !strings.HasPrefix(string(data), "%PDF") {
		t.Fatalf("no PDF: %v", err)
	}
	if tool, err := exec.LookPath("pdftotext"); err == nil && strings.Contains(page, "<details") {
		text, err := exec.Command(tool, "-layout", pdf, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(page, "@timestamp") && !strings.Contains(string(text), "@timestamp") {
			t.Error("the details are lost in print")
		}
	}
}

func run(t *testing.T, chrome, dir string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chrome, append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--hide-scrollbars", "--user-data-dir=" + filepath.Join(dir, "profile")}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(chrome), err)
	}
	return out
}
