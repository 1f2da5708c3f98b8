package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/elastic"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule/inventory"
)

type pullFlags struct {
	elasticsearch, output, config string
	index                         []string
	overwrite                     bool
}

func (c *command) schemaPullCommand() *cobra.Command {
	var f pullFlags
	cmd := &cobra.Command{
		Use:   "pull --elasticsearch URL [PATH...]",
		Short: "write the mappings of a cluster as an overlay for --schema",
		Long: "pull asks a cluster for the mappings of index patterns, those of --index or else those that the rules of the PATHs search, and\n" +
			"writes them as a file that --schema and the configuration take. Where the mappings may not be read, _field_caps is asked.\n\n" + elasticHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.elasticsearch == "" {
				return usageError("--elasticsearch URL is missing")
			}
			return c.pull(cmd, &f, args)
		},
	}
	elasticFlag(cmd, &f.elasticsearch, "`URL` of the cluster")
	fs := cmd.Flags()
	fs.StringSliceVar(&f.index, "index", nil, "index `patterns` (default: those of the rules)")
	fs.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace FILE if it is there")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the first path)")
	return cmd
}

func (c *command) pull(cmd *cobra.Command, f *pullFlags, args []string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	client, err := c.connect(f.elasticsearch)
	if err != nil {
		return err
	}
	patterns := f.index
	if len(patterns) == 0 {
		w, err := c.open(&commonFlags{config: f.config}, args)
		if err != nil {
			return err
		}
		for _, use := range inventory.Uses(inventory.Build(w.rules()), func(e inventory.Entry) []string { return e.Index }) {
			patterns = append(patterns, use.Name)
		}
		if len(patterns) == 0 {
			return usageError("no rule names an index: name patterns with --index")
		}
	}
	p := &puller{client: client, out: map[string]*pulled{}}
	for _, pattern := range patterns {
		if strings.Contains(pattern, ":") {
			p.note("%s is on another cluster: not pulled", pattern)
			continue
		}
		if err := p.pull(ctx, strings.TrimPrefix(pattern, "-")); err != nil {
			return failed(err)
		}
	}
	for _, n := range p.notes {
		fmt.Fprintf(c.Stderr, "rulevet: %s\n", n)
	}
	if len(p.out) == 0 {
		return failed(errors.New("the cluster has no index of these patterns: nothing was written"))
	}
	text, err := json.MarshalIndent(p.out, "", "  ")
	if err != nil {
		return failed(err)
	}
	if err := writePulled(c, f, append(text, '\n')); err != nil {
		return failed(err)
	}
	fmt.Fprintf(c.Stderr, "rulevet: %s of %s\n", wording.Count(len(p.out), "mapping"), wording.Count(len(patterns), "pattern"))
	return nil
}

func writePulled(c *command, f *pullFlags, text []byte) error {
	if f.output == "" || f.output == "-" {
		_, err := c.Stdout.Write(text)
		return err
	}
	if f.overwrite {
		return fileio.Write(f.output, text)
	}
	err := fileio.Create(f.output, text)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: nothing was written (--overwrite replaces it)", f.output)
	}
	return err
}

// pulled is the mapping of an index or data stream, or of a pattern.
type pulled struct {
	Mappings map[string]any `json:"mappings"`
}

// puller collects mappings by the name of the index, or of the data stream that it is a part of.
type puller struct {
	client *elastic.Client
	out    map[string]*pulled
	notes  []string
}

func (p *puller) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// pull adds the mappings of a pattern.
func (p *puller) pull(ctx context.Context, pattern string) error {
	var answer map[string]struct {
		Mappings map[string]any `json:"mappings"`
	}
	err := p.client.Do(ctx, http.MethodGet, "/"+url.PathEscape(pattern)+"/_mapping?ignore_unavailable=true&allow_no_indices=true", nil, &answer)
	var refused *elastic.Error
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden {
		p.note("%s: the mappings may not be read; _field_caps, which knows no normalizers and multi-fields, was asked instead", pattern)
		return p.caps(ctx, pattern)
	}
	if err != nil {
		return err
	}
	names := make([]string, 0, len(answer))
	for name := range answer {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Reverse(names) // the newest part of a data stream first: it wins
	for _, name := range names {
		m := answer[name].Mappings
		properties, _ := m["properties"].(map[string]any)
		key := overlayName(name)
		if p.out[key] == nil {
			p.out[key] = &pulled{Mappings: map[string]any{"properties": map[string]any{}}}
			for _, part := range []string{"dynamic", "dynamic_templates", "runtime"} {
				if v, ok := m[part]; ok {
					p.out[key].Mappings[part] = v
				}
			}
		}
		merge(p.out[key].Mappings["properties"].(map[string]any), properties)
	}
	if len(names) == 0 {
		p.note("%s: the cluster has no such index", pattern)
	}
	return nil
}

// overlayName is the data stream that a backing index belongs to, else the index.
func overlayName(index string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(index, "partial-"), "restored-")
	rest, ok := strings.CutPrefix(name, ".ds-")
	if parts := strings.Split(rest, "-"); ok && len(parts) > 2 {
		return strings.Join(parts[:len(parts)-2], "-")
	}
	return index
}

// setProperty puts a definition at a dotted name, unless something stands there.
func setProperty(properties map[string]any, name string, def map[string]any) {
	first, rest, deeper := strings.Cut(name, ".")
	if !deeper {
		if properties[first] == nil {
			properties[first] = def
		}
		return
	}
	object, ok := properties[first].(map[string]any)
	if !ok {
		object = map[string]any{}
		properties[first] = object
	}
	key := "properties"
	if object["type"] != nil && object["type"] != "object" && object["type"] != "nested" {
		key = "fields"
	}
	inner, ok := object[key].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[key] = inner
	}
	setProperty(inner, rest, def)
}

// merge adds the properties that are not there yet.
func merge(to, from map[string]any) {
	for name, def := range from {
		old, there := to[name].(map[string]any)
		d, ok := def.(map[string]any)
		if !there || !ok {
			if to[name] == nil {
				to[name] = def
			}
			continue
		}
		for _, key := range []string{"properties", "fields"} {
			inner, ok := d[key].(map[string]any)
			if !ok {
				continue
			}
			if known, ok := old[key].(map[string]any); ok {
				merge(known, inner)
			} else if old["type"] == nil || key == "fields" {
				old[key] = inner
			}
		}
	}
}

// caps adds the fields that _field_caps lists for a pattern.
func (p *puller) caps(ctx context.Context, pattern string) error {
	var answer struct {
		Fields map[string]map[string]struct {
			Metadata bool `json:"metadata_field"`
		} `json:"fields"`
	}
	err := p.client.Do(ctx, http.MethodGet, "/"+url.PathEscape(pattern)+"/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=true", nil, &answer)
	if err != nil {
		return err
	}
	properties := map[string]any{}
	names := make([]string, 0, len(answer.Fields))
	for name := range answer.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var types []string
		metadata := false
		for typ, cap := range answer.Fields[name] {
			metadata = metadata || cap.Metadata
			types = append(types, typ)
		}
		slices.Sort(types)
		switch {
		case metadata || len(types) == 0 || types[0] == "object":
			continue
		case types[0] == "nested":
			setProperty(properties, name, map[string]any{"type": "nested", "properties": map[string]any{}})
			continue
		case len(types) > 1:
			p.note("%s: %s has several types: %s; the first was taken", pattern, name, strings.Join(types, ", "))
		}
		setProperty(properties, name, map[string]any{"type": types[0]})
	}
	if len(properties) == 0 {
		p.note("%s: the cluster has no such index", pattern)
		return nil
	}
	p.out[pattern] = &pulled{Mappings: map[string]any{"properties": properties}}
	return nil
}
