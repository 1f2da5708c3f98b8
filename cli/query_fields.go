package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
	"github.com/rulevet/rulevet/source"
)

// queryFields says what the query's fields are. With --schema these are the mappings and what Elasticsearch would add to
// them when it indexes the events; without, addresses and dates as in ECS, and of all else the events' JSON types count.
func (c *command) queryFields(ctx context.Context, f *queryFlags, q *eql.Query, files []string) (eql.Fields, error) {
	catalog, err := schema.New()
	if err != nil {
		return nil, failed(err)
	}
	if len(f.schemas) == 0 {
		return ecsTypes{catalog.View(schema.Request{}, "")}, nil
	}
	overlays, err := overlay.Load(f.schemas)
	if err != nil {
		return nil, usageError("--schema: %w", err)
	}
	fields := mappedFields{schema.NewDynamic(catalog.Only(overlays...), overlays, fieldNames(f, q)), catalog, overlays}
	if fields.Complete() || f.dryRun && len(files) == 0 {
		return fields, nil
	}
	if c.Stdin, err = replayed(ctx, c.Stdin, files); err != nil {
		return nil, failed(err)
	}
	c.sample(ctx, fields.Dynamic, files)
	return fields, nil
}

// unknownFields lists the fields that no data source of the catalog has, found by the check of a language. An input without
// events says nothing of its fields, and a typo must not look like a query that found nothing. With --schema there is nothing
// left to ask: what the mappings lack was refused before.
func (f *queryFlags) unknownFields(check func(all *schema.View) []source.Issue) func() []source.Issue {
	if len(f.schemas) > 0 {
		return nil
	}
	return func() []source.Issue {
		catalog, err := schema.New()
		if err != nil {
			return nil
		}
		return slices.DeleteFunc(check(catalog.All()), func(i source.Issue) bool { return i.Code != "query/unknown-field" })
	}
}

// ecsTypes knows which fields ECS maps as addresses and dates: their values cannot be compared as the JSON texts they
// are (eql/LANGUAGE.md 9).
type ecsTypes struct{ *schema.View }

func (e ecsTypes) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	info, presence := e.View.Lookup(name)
	if presence == eql.Present && (info.Type == eql.TypeIP || info.Type.DateFamily()) {
		return info, presence
	}
	return eql.FieldInfo{}, eql.Undecidable
}

// fieldNames lists the fields that the query and its options name. The timestamp is not among them: it is a date, whatever
// its first value looks like.
func fieldNames(f *queryFlags, q *eql.Query) []string {
	names := []string{f.categoryField}
	if f.tiebreakerField != "" {
		names = append(names, f.tiebreakerField)
	}
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if field, ok := n.(*eql.Field); ok && enter && field.Name != f.timestampField {
			names = append(names, field.Name)
		}
		return true
	})
	return names
}

// replayed makes standard input readable twice, if it is an input at all. Of other inputs only files can be read twice.
func replayed(ctx context.Context, in io.Reader, files []string) (io.Reader, error) {
	for _, path := range files {
		if info, err := os.Stat(path); path != "-" && err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return nil, fmt.Errorf("%s: no file, and read twice, since the types of fields come from the first events: give it as standard input", path)
		}
	}
	if len(files) > 0 && !slices.Contains(files, "-") {
		return in, nil
	}
	spool, err := fileio.Scratch()
	if err == nil {
		if _, err = io.Copy(spool, newInterruptibleError(ctx, in)); err == nil {
			_, err = spool.Seek(0, io.SeekStart)
			return spool, err
		}
		spool.Close()
	}
	if errors.Is(err, errInterrupted) {
		return nil, errors.New("interrupted: no event was looked at, since the types of fields come from the first ones")
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the name of the copy tells the user nothing
	}
	return nil, fmt.Errorf("standard input is read twice, and its copy in %s cannot be written: %w", os.TempDir(), err)
}

// sample reads the events for the types of fields. What cannot be read is left to the run to report.
func (c *command) sample(ctx context.Context, fields *schema.Dynamic, files []string) {
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, path := range files {
		if fields.Complete() {
			return
		}
		if path == "-" {
			sampleReader(fields, path, c.Stdin)
			if s, ok := c.Stdin.(io.Seeker); ok {
				s.Seek(0, io.SeekStart)
			}
		} else if file, err := openEvents(ctx, path); err == nil {
			sampleReader(fields, path, file)
			file.Close()
		}
	}
}

func sampleReader(fields *schema.Dynamic, path string, in io.Reader) {
	if reader, err := event.NewReader(path, in); err == nil {
		fields.Sample(reader.Next)
		reader.Close()
	}
}
