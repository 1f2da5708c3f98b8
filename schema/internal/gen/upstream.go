package gen

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/internal/blob"
	"github.com/rulevet/rulevet/schema/overlay"
)

// upstream is a table in the form its project publishes.
type upstream struct {
	table, version, dir string
	files               []string
	source              [2]string // repository and licence
}

const nonECS = "non-ecs-schema.json"

// upstreams finds the tables in upstream form. Each takes the place of the tab-separated table of its name.
//
//	ecs/VERSION/ecs_flat.yml          generated/ecs/ecs_flat.yml of elastic/ecs
//	beats/VERSION/BEAT/fields.yml     the built fields.yml of a Beat
//	packages/NAME                     packages/NAME of elastic/integrations: manifest.yml, data_stream/*/fields/*.yml
//	non-ecs-schema.json               etc/non-ecs-schema.json of elastic/detection-rules
func (b *builder) upstreams() error {
	ecs, err := fs.Glob(b.facts, "ecs/*/ecs_flat.yml")
	if err != nil {
		return err
	}
	for _, f := range ecs {
		version := path.Base(path.Dir(f))
		b.upstream = append(b.upstream, upstream{"ecs/" + version, version, f, []string{f}, [2]string{"elastic/ecs", "Apache-2.0"}})
	}
	if _, err := fs.Stat(b.facts, nonECS); err == nil {
		b.upstream = append(b.upstream, upstream{"non-ecs", "", nonECS, []string{nonECS}, [2]string{"elastic/detection-rules", "Elastic License 2.0"}})
	}
	beats, err := fs.Glob(b.facts, "beats/*/*/fields.yml")
	if err != nil {
		return err
	}
	for _, f := range beats {
		dir := path.Dir(f)
		b.upstream = append(b.upstream, upstream{"beat/" + path.Base(dir), path.Base(path.Dir(dir)), f, []string{f},
			[2]string{"elastic/beats", "Apache-2.0; parts from x-pack: Elastic License 2.0"}})
	}
	return b.packages()
}

// packages finds the data streams of packages.
func (b *builder) packages() error {
	manifests, err := fs.Glob(b.facts, "packages/*/manifest.yml")
	if err != nil {
		return err
	}
	for _, m := range manifests {
		var manifest struct{ Name, Version string }
		data, err := fs.ReadFile(b.facts, m)
		if err == nil {
			err = yaml.Unmarshal(data, &manifest)
		}
		if err == nil && (manifest.Name == "" || manifest.Version == "") {
			err = fmt.Errorf("no name or no version")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		streams, err := fs.Glob(b.facts, path.Dir(m)+"/data_stream/*/fields")
		if err != nil {
			return err
		}
		for _, dir := range streams {
			files, err := fs.Glob(b.facts, dir+"/*.yml")
			if err != nil {
				return err
			}
			b.upstream = append(b.upstream, upstream{"integration/" + manifest.Name + "." + path.Base(path.Dir(dir)), manifest.Version, dir, files,
				[2]string{"elastic/integrations", "Elastic License 2.0"}})
		}
	}
	return nil
}

// replaced reports whether an upstream form takes the place of a table.
func (b *builder) replaced(table string) bool {
	for _, u := range b.upstream {
		if u.table == table {
			return true
		}
	}
	return false
}

// convert reads the upstream forms. ECS comes first: other lists take types from it.
func (b *builder) convert() error {
	for _, u := range b.upstream {
		t := blob.Table{Name: u.table, Version: u.version}
		sum := sha256.New()
		for _, f := range u.files {
			data, err := fs.ReadFile(b.facts, f)
			if err != nil {
				return err
			}
			sum.Write(data)
			list, err := overlay.Read(f, data, nil)
			if err != nil {
				return err
			}
			for _, o := range list {
				rows := b.rows(o)
				if t.Rows = append(t.Rows, rows...); u.table == "non-ecs" {
					b.list = append(b.list, blob.Table{Name: "non-ecs/" + o.Patterns[0], Rows: rows})
				}
			}
		}
		if u.table != "non-ecs" {
			b.list = append(b.list, t)
		}
		fmt.Fprintf(&b.provenance, "%s\t%d\t%s\t%s\t\t\t%s\t%x\n", u.dir, len(t.Rows), u.source[0], u.version, u.source[1], sum.Sum(nil))
	}
	return nil
}

// rows turns fields into rows. A field that only refers to ECS gets the type it has there.
func (b *builder) rows(o *schema.Overlay) []blob.Row {
	var out []blob.Row
	for _, f := range o.Fields {
		if f.External && f.Type == "" {
			f.Type = b.ecsType(f.Name)
		}
		out = append(out, blob.Row{Field: f.Name, Type: f.Type, Flags: dropUnused(f.Flags())})
	}
	return out
}

// ecsType is the type of a field in the newest ECS; keyword if it is not there.
func (b *builder) ecsType(name string) string {
	if b.ecs == nil {
		b.ecs = map[string]string{}
		newest := ""
		for _, t := range b.list {
			if v, ok := strings.CutPrefix(t.Name, "ecs/"); ok && schema.CompareVersions(v, newest) > 0 {
				newest = v
			}
		}
		for _, t := range b.list {
			for _, r := range t.Rows {
				if t.Name == "ecs/"+newest {
					b.ecs[r.Field] = r.Type
				}
			}
		}
	}
	if t := b.ecs[name]; t != "" {
		return t
	}
	return "keyword"
}

// seal ends the provenance with the sum of the catalog: a test holds the two to one another.
func seal(provenance *bytes.Buffer, catalog []byte) {
	fmt.Fprintf(provenance, "catalog.bin\t\tderived\t\t\t\t\t%x\n", sha256.Sum256(catalog))
}
