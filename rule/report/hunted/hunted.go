// Package hunted writes the result of a hunt: a table for people, JSON, and one HTML page that loads nothing.
package hunted

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/rulevet/rulevet/rule/hunt"
)

// Formats lists the forms in which a result can be written.
func Formats() []string { return []string{"text", "json", "html"} }

// Write writes a result in one of the Formats. The same result gives the same bytes.
func Write(w io.Writer, r *hunt.Report, format string) error {
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	case "html":
		return writeHTML(w, r)
	case "text":
		return writeText(w, r)
	}
	return fmt.Errorf("unknown format %q", format)
}
