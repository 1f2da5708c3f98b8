package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/rulevet/rulevet/rule"
)

// Exception lists and connectors are files beside the rules, in the shapes of elastic/detection-rules. What Kibana's
// objects have beyond these is kept in [metadata.extended.kibana], as for rules.

// containerKeys and itemKeys are what the files know of an exception list.
var (
	containerKeys = []string{"name", "description", "type", "list_id", "namespace_type", "tags", "meta"}
	itemKeys      = []string{"name", "description", "list_id", "item_id", "type", "entries", "comments", "namespace_type", "tags",
		"_tags", "os_types", "meta", "expire_time"}
)

// split moves what a file does not say out of an object: keys that are not among those given (nil: all are), null, and what
// TOML cannot say. join is its inverse.
func split(v *value, keys []string) *value {
	rest, nulls := object(), []string(nil)
	for _, key := range v.keys() {
		m, p := v.members[key], "/"+pointerPart(key)
		whole := m.clone()
		var inner []string
		switch ok := m.takeNulls(p, &inner); {
		case m.kind == rule.NullNode:
			nulls = append(nulls, p)
			delete(v.members, key)
		case !ok:
			sub(rest, "json").members[key] = text(string(whole.appendJSON(nil)))
			delete(v.members, key)
		default:
			nulls = append(nulls, inner...)
			if keys != nil && !slices.Contains(keys, key) {
				sub(rest, "keys").members[key] = v.take(key)
			}
		}
	}
	if len(nulls) > 0 {
		slices.Sort(nulls)
		rest.members["nulls"] = texts(nulls)
	}
	return rest
}

// sub is a member that is an object, made if need be.
func sub(v *value, key string) *value {
	if v.members[key] == nil {
		v.members[key] = object()
	}
	return v.members[key]
}

func join(v, rest *value) {
	if rest == nil || rest.kind != rule.TableNode {
		return
	}
	k := &kept{rule: rest.get("keys"), json: rest.get("json"), nulls: rest.strings("nulls")}
	if k.rule == nil {
		k.rule = object()
	}
	if k.json == nil {
		k.json = object()
	}
	putBack(v, k)
}

// user is a rule that uses a list or a connector.
type user struct{ id, name string }

// companionMetadata is the table metadata of a file beside rules.
func companionMetadata(nameKey, name string, objects []*value, users []user, today time.Time) *value {
	m := object()
	first, last := "", ""
	for _, o := range objects {
		if c := created(o); c != "" && (first == "" || c < first) {
			first = c
		}
		last = max(last, updated(o))
	}
	m.members[nameKey] = text(name)
	m.members["creation_date"] = text(cmp.Or(first, last, today.Format(dateLayout)))
	m.members["updated_date"] = text(cmp.Or(last, first, today.Format(dateLayout)))
	ids, names := array(), array()
	for _, u := range users {
		ids.list = append(ids.list, text(u.id))
		names.list = append(names.list, text(u.name))
	}
	m.members["rule_ids"], m.members["rule_names"] = ids, names
	return m
}

// exceptionFile makes the file of an exception list.
func exceptionFile(container *value, items []*value, users []user, today time.Time) *value {
	name := cmp.Or(container.str("name"), container.str("list_id"))
	metadata := companionMetadata("list_name", name, append([]*value{container}, items...), users, today)
	list, left := object(), object()
	c := container.clone()
	if rest := split(c, containerKeys); len(rest.members) > 0 {
		left.members["container"] = rest
	}
	list.members["container"] = c
	var entries []*value
	for i, item := range items {
		e := item.clone()
		if rest := split(e, itemKeys); len(rest.members) > 0 {
			sub(left, "items").members[itemKey(e, i)] = rest
		}
		entries = append(entries, e)
	}
	if len(entries) > 0 {
		list.members["items"] = array(entries...)
	}
	return companionFile(metadata, left, "exceptions", list)
}

// itemKey is under which name an item's rest is kept.
func itemKey(item *value, i int) string { return cmp.Or(item.str("item_id"), "#"+strconv.Itoa(i)) }

func connectorFile(connector *value, users []user, today time.Time) *value {
	name := cmp.Or(connector.get("attributes").str("name"), connector.str("id"))
	metadata := companionMetadata("action_connector_name", name, []*value{connector}, users, today)
	c := connector.clone()
	return companionFile(metadata, split(c, nil), "action_connectors", c)
}

func companionFile(metadata, left *value, table string, content *value) *value {
	if len(left.members) > 0 {
		sub(metadata, "extended").members["kibana"] = left
	}
	doc := object()
	doc.members["metadata"] = metadata
	doc.members[table] = array(content)
	return doc
}

// exceptionRecords are the objects of a file of exception lists, the containers each before its items.
func exceptionRecords(doc *value) (containers, items []*value, err error) {
	left := doc.get("metadata", "extended", "kibana")
	for i, list := range doc.get("exceptions").list {
		container := list.get("container")
		if container == nil || container.kind != rule.TableNode {
			return nil, nil, fmt.Errorf("[[exceptions]] number %d has no table `container`", i+1)
		}
		c := container.clone()
		join(c, left.get("container"))
		containers = append(containers, c)
		if list.get("items") == nil {
			continue
		}
		for j, item := range list.get("items").list {
			if item.kind != rule.TableNode {
				return nil, nil, fmt.Errorf("item %d of [[exceptions]] number %d is %s, expected a table", j+1, i+1, item.kind)
			}
			e := item.clone()
			join(e, left.get("items", itemKey(e, j)))
			items = append(items, e)
		}
	}
	return containers, items, nil
}

// connectorRecords are the objects of a file of connectors.
func connectorRecords(doc *value) ([]*value, error) {
	left := doc.get("metadata", "extended", "kibana")
	var out []*value
	for i, connector := range doc.get("action_connectors").list {
		if connector.kind != rule.TableNode {
			return nil, fmt.Errorf("entry %d of action_connectors is %s, expected a table", i+1, connector.kind)
		}
		c := connector.clone()
		join(c, left)
		out = append(out, c)
	}
	return out, nil
}
