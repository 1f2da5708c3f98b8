package schema

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/schema/internal/blob"
)

// Describe says what the view knows about a name. The result must not be changed.
func (v *View) Describe(name string) *Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r := v.cache[name]; r != nil {
		return r
	}
	r := v.lookup(name)
	v.cache[name] = r
	return r
}

func (v *View) lookup(name string) *Result {
	r := &Result{}
	if v.find(v.layers, name, name, r); len(r.Types) == 0 {
		v.find(v.loose, name, name, r)
	} else if len(v.loose) > 0 && !r.corrected {
		var other Result
		v.find(v.loose, name, name, &other)
		r.Doubtful = len(other.Types) > 0 && !alike(other.Types[0].Type, r.Types[0].Type)
	}
	if len(r.Types) == 0 {
		v.findDynamic(name, r)
	}
	if len(r.Types) == 0 {
		v.notFound(name, r)
		return r
	}
	r.Presence = Known
	v.followAlias(r)
	r.Single = !r.Field.Array && v.ecsType(v.catalog.data.Find(name), name) != ""
	r.Nested = v.nestedParent(name)
	v.findExact(r)
	return r
}

// find collects what the tables say about field row (a name, or a template that stands for name).
func (v *View) find(tables []*table, row, name string, r *Result) {
	id := v.catalog.data.Find(row)
	for _, t := range tables {
		for f := range t.fields(v.catalog.data, id, row) {
			f.Name = name
			if f.External {
				f.Type = v.ecsType(id, row)
			}
			if row != name && f.Type == "object" {
				f.Type = f.ObjectType // of a template's object: the type below it, "" if not stated
			}
			if t.textual && f.Type == "text" {
				f.Type = "keyword"
			}
			if r.corrected && !t.supplement || r.ruled && t.overlay == nil {
				continue
			}
			r.corrected = r.corrected || t.supplement
			r.ruled = r.ruled || slices.Contains(v.ruling, t)
			r.add(f, t.sourceOf(f))
		}
	}
}

// ecsType is the type that ECS gives a field.
func (v *View) ecsType(id uint32, name string) string {
	for f := range v.catalog.tables["ecs/"+v.stack.ECS].fields(v.catalog.data, id, name) {
		return f.Type
	}
	return ""
}

// fields yields the rows of a table about one name.
func (t *table) fields(data *blob.Reader, id uint32, name string) func(func(Field) bool) {
	return func(yield func(Field) bool) {
		if t.overlay != nil {
			for _, f := range t.overlay.named(name) {
				if !yield(f) {
					return
				}
			}
			return
		}
		if id == blob.NoName {
			return
		}
		list := t.entries()
		i, _ := slices.BinarySearchFunc(list, id, compareEntry)
		for ; i < len(list) && list[i].Name == id; i++ {
			typ, flags := data.Attr(list[i].Attr)
			if !yield(ParseField(name, typ, flags)) {
				return
			}
		}
	}
}

// add enters one definition. A list that corrects others silences their types. The first gives the field; flags that later ones state and it does not are kept too.
func (r *Result) add(f Field, s Source) {
	if len(r.Types) == 0 {
		r.Field = f
	}
	if isDate(f.Type) && isDate(r.Field.Type) {
		r.Field.Format = joinFormats(r.Field.Format, f.Format)
	}
	r.Field.Array = r.Field.Array || f.Array
	if r.Field.IgnoreAbove == 0 {
		r.Field.IgnoreAbove = f.IgnoreAbove
	}
	for i := range r.Types {
		if r.Types[i].Type == f.Type {
			if !slices.Contains(r.Types[i].Sources, s) {
				r.Types[i].Sources = append(r.Types[i].Sources, s)
			}
			return
		}
	}
	r.Types = append(r.Types, TypeUse{f.Type, []Source{s}})
}

func isDate(t string) bool { return t == "date" || t == "date_nanos" }

// joinFormats are the formats of a date that is mapped in several ways: a value of one index parses by its own.
func joinFormats(a, b string) string {
	const standard = "strict_date_optional_time||epoch_millis" // what a mapping without "format" has
	if a == b {
		return a
	}
	list := strings.Split(cmp.Or(a, standard), "||")
	for _, f := range strings.Split(cmp.Or(b, standard), "||") {
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return strings.Join(list, "||")
}

// followAlias replaces an alias by the field it stands for. A chain of aliases is no valid mapping and is not followed.
func (v *View) followAlias(r *Result) {
	if r.Field.Type != "alias" || r.Field.Path == "" {
		return
	}
	target := &Result{}
	v.find(v.layers, r.Field.Path, r.Field.Path, target)
	if len(target.Types) == 0 || target.Field.Type == "alias" {
		return
	}
	r.Alias = r.Field.Path
	r.Field, r.Types = target.Field, target.Types
}

// nestedParent returns the nearest ancestor mapped as nested. The embedded tables have few such objects, so most names
// are done without a search.
func (v *View) nestedParent(name string) string {
	for parent := parentOf(name); parent != ""; parent = parentOf(parent) {
		if _, ok := slices.BinarySearch(v.catalog.nested, parent); !ok && len(v.catalog.overlays) == 0 {
			continue
		}
		var r Result
		v.find(v.layers, parent, parent, &r)
		if len(r.Types) > 0 && r.Field.Type == "nested" {
			return parent
		}
	}
	return ""
}

// findExact looks for the keyword multi-field of a text field.
func (v *View) findExact(r *Result) {
	if !isText(r.Field.Type) {
		return
	}
	for _, suffix := range []string{".keyword", ".raw", ".exact", ".caseless", ".wildcard"} {
		var e Result
		v.find(v.layers, r.Field.Name+suffix, r.Field.Name+suffix, &e)
		if len(e.Types) > 0 && isKeyword(e.Field.Type) {
			r.Exact = e.Field.Name
			return
		}
	}
}

// alike reports whether two types take the same literals.
func alike(a, b string) bool {
	return a == b || (isText(a) || isKeyword(a)) && (isText(b) || isKeyword(b)) || isNumber(a) && isNumber(b)
}

func isNumber(t string) bool {
	switch t {
	case "byte", "short", "integer", "long", "unsigned_long", "half_float", "float", "scaled_float", "double":
		return true
	}
	return false
}

func isText(t string) bool    { return t == "text" || t == "match_only_text" }
func isKeyword(t string) bool { return t == "keyword" || t == "wildcard" || t == "constant_keyword" }

func parentOf(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return ""
}

// findDynamic looks for a template row ("o365.audit.Parameters.*"), an ancestor with an object type, or a flattened one.
func (v *View) findDynamic(name string, r *Result) {
	for _, star := range v.catalog.stars {
		if n := len(r.Types); globMatch(star, name) {
			if v.find(v.layers, star, name, r); len(r.Types) > n {
				r.Parent = star
			}
		}
	}
	v.overlayStars(name, r)
	for parent := parentOf(name); parent != "" && len(r.Types) == 0; parent = parentOf(parent) {
		var p Result
		v.find(v.layers, parent, parent, &p)
		for _, use := range p.Types {
			f := Field{Name: name, Type: use.Type}
			switch {
			case use.Type == "flattened":
			case p.Field.ObjectType != "":
				f.Type = p.Field.ObjectType
			default:
				continue
			}
			for _, s := range use.Sources {
				r.add(f, s)
			}
			r.Parent = parent
			break
		}
	}
	if len(r.Types) == 0 {
		r.Parent = ""
	}
}
