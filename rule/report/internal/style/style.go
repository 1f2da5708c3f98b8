// Package style holds the one stylesheet of all HTML pages: of tests and of hunts, on screens of any width, in light and dark, and
// on paper.
package style

import _ "embed" // the stylesheet

// CSS is the stylesheet.
//
//go:embed style.css
var CSS string
