package querydsl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
)

// maxNesting bounds queries inside one another.
const maxNesting = 100

// Decode makes a query of its decoded JSON: an object with one member, the kind of the query. Objects are map[string]any, lists
// []any, numbers int64, float64 or json.Number. at is the place of all that is made. What Decode does not know it refuses, by
// name: nothing is left out in silence. Boosts and names are ignored, as they change no result.
func Decode(v any, at Span) (Query, error) {
	d := &decoder{at: Place{at}, known: decoders()}
	return d.query(v)
}

type decoder struct {
	at    Place
	known map[string]func(*decoder, map[string]any) (Query, error)
	depth int
}

// decoders know the queries by name.
func decoders() map[string]func(*decoder, map[string]any) (Query, error) {
	return map[string]func(*decoder, map[string]any) (Query, error){
		"bool": (*decoder).bool, "match_all": (*decoder).matchAll, "match_none": (*decoder).matchNone, "term": (*decoder).term, "terms": (*decoder).terms,
		"wildcard": (*decoder).wildcard, "prefix": (*decoder).prefix, "regexp": (*decoder).regexp, "fuzzy": (*decoder).fuzzy, "range": (*decoder).rangeQuery,
		"exists": (*decoder).exists, "match": (*decoder).match, "match_phrase": (*decoder).phrase, "match_phrase_prefix": (*decoder).phrasePrefix,
		"multi_match": (*decoder).multiMatch, "query_string": (*decoder).queryString, "nested": (*decoder).nested, "ids": (*decoder).ids,
		"constant_score": (*decoder).constantScore, "dis_max": (*decoder).disMax,
	}
}

func (d *decoder) query(v any) (Query, error) {
	if d.depth++; d.depth > maxNesting {
		return nil, fmt.Errorf("queries are nested more than %d deep", maxNesting)
	}
	defer func() { d.depth-- }()
	o, ok := v.(map[string]any)
	if !ok || len(o) == 0 {
		return nil, fmt.Errorf("expected a query, an object such as {\"exists\": {\"field\": \"x\"}}, found %s", kindName(v))
	}
	if len(o) > 1 {
		return nil, fmt.Errorf("expected one query, found %s", wording.Quote(strings.Join(slices.Sorted(maps.Keys(o)), ", ")))
	}
	for name, body := range o {
		decode := d.known[name]
		if decode == nil {
			return nil, fmt.Errorf("query %s is not known", wording.Quote(name))
		}
		inner, ok := body.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("query %s: expected an object, found %s", wording.Quote(name), kindName(body))
		}
		q, err := decode(d, inner)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", wording.Quote(name), err)
		}
		return q, nil
	}
	return nil, nil
}

func kindName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

// only refuses members that are not among those named; boost and _name may always stand.
func only(o map[string]any, names ...string) error {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if k != "boost" && k != "_name" && !slices.Contains(names, k) {
			return fmt.Errorf("member %s is not known", wording.Quote(k))
		}
	}
	return nil
}

// scalar reads a value of a query.
func scalar(v any) (Value, error) {
	switch v := v.(type) {
	case nil:
		return Value{Kind: Null, Text: "null"}, nil
	case string:
		return Text(v), nil
	case bool:
		return Value{Kind: Boolean, Text: strconv.FormatBool(v)}, nil
	case int64:
		return Value{Kind: Number, Text: strconv.FormatInt(v, 10)}, nil
	case float64:
		return Value{Kind: Number, Text: strconv.FormatFloat(v, 'g', -1, 64)}, nil
	case json.Number:
		return Value{Kind: Number, Text: v.String()}, nil
	}
	return Value{}, fmt.Errorf("expected a value, found %s", kindName(v))
}

func flag(o map[string]any, key string) (bool, error) {
	switch v := o[key].(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case string:
		return v == "true", nil
	}
	return false, fmt.Errorf("member %s: expected true or false, found %s", wording.Quote(key), kindName(o[key]))
}

func text(o map[string]any, key string) (string, error) {
	v, err := scalar(o[key])
	if err != nil || v.Kind == Null {
		return "", fmt.Errorf("member %s: expected a text, found %s", wording.Quote(key), kindName(o[key]))
	}
	return v.Text, nil
}

// onField reads {"field": value} or {"field": {key: value, …}}: the field and the object, in which a bare value stands under key.
func onField(o map[string]any, key string) (string, map[string]any, error) {
	field := ""
	var body any
	for k, v := range o {
		if k == "boost" || k == "_name" {
			continue
		}
		if field != "" {
			return "", nil, fmt.Errorf("expected one field, found %s", wording.Quote(strings.Join(slices.Sorted(maps.Keys(o)), ", ")))
		}
		field, body = k, v
	}
	if field == "" {
		return "", nil, fmt.Errorf("the field is missing")
	}
	if inner, ok := body.(map[string]any); ok {
		return field, inner, nil
	}
	return field, map[string]any{key: body}, nil
}

func (d *decoder) list(v any) ([]Query, error) {
	items, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil, nil
		}
		items = []any{v}
	}
	var out []Query
	for _, i := range items {
		q, err := d.query(i)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func (d *decoder) bool(o map[string]any) (Query, error) {
	if err := only(o, "must", "filter", "should", "must_not", "minimum_should_match", "adjust_pure_negative"); err != nil {
		return nil, err
	}
	q := &Bool{Place: d.at, MinShould: Unset}
	var err error
	for key, to := range map[string]*[]Query{"must": &q.Must, "filter": &q.Filter, "should": &q.Should, "must_not": &q.MustNot} {
		if *to, err = d.list(o[key]); err != nil {
			return nil, err
		}
	}
	if v, ok := o["minimum_should_match"]; ok {
		n, err := scalar(v)
		if err != nil {
			return nil, err
		}
		if q.MinShould, err = minShould(n.Text, len(q.Should)); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// minShould reads how many of some clauses must match: a number or a percentage, of which a negative one may be missing.
func minShould(text string, clauses int) (int, error) {
	digits, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(digits)
	if err != nil || percent && (n < -100 || n > 100) {
		return 0, fmt.Errorf("minimum_should_match %s is neither a whole number nor a percentage, others are not known", wording.Quote(text))
	}
	if percent {
		n = clauses * n / 100
	}
	if strings.HasPrefix(digits, "-") {
		n += clauses
	}
	return max(n, 0), nil
}

func (d *decoder) matchAll(map[string]any) (Query, error)  { return &MatchAll{d.at}, nil }
func (d *decoder) matchNone(map[string]any) (Query, error) { return &MatchNone{d.at}, nil }

func (d *decoder) term(o map[string]any) (Query, error) {
	f, body, err := onField(o, "value")
	if err == nil {
		err = only(body, "value", "case_insensitive")
	}
	if err != nil {
		return nil, err
	}
	v, err := scalar(body["value"])
	if err != nil {
		return nil, err
	}
	fold, err := flag(body, "case_insensitive")
	return &Term{d.at, f, v, fold}, err
}

func (d *decoder) terms(o map[string]any) (Query, error) {
	f, body, err := onField(o, "values")
	if err != nil {
		return nil, err
	}
	list, ok := body["values"].([]any)
	if !ok {
		return nil, fmt.Errorf("expected a list of values")
	}
	q := &Terms{Place: d.at, Field: f}
	for _, item := range list {
		v, err := scalar(item)
		if err != nil {
			return nil, err
		}
		q.Values = append(q.Values, v)
	}
	return q, nil
}

// pattern reads a query of one text on a field.
func (d *decoder) pattern(o map[string]any, keys ...string) (field, value string, fold bool, err error) {
	f, body, err := onField(o, "value")
	if err == nil {
		err = only(body, append(keys, "value", "case_insensitive", "rewrite")...)
	}
	if err != nil {
		return "", "", false, err
	}
	key := "value"
	for _, k := range keys {
		if _, ok := body[k]; ok && body["value"] == nil && k != "flags" {
			key = k
		}
	}
	if value, err = text(body, key); err != nil {
		return "", "", false, err
	}
	fold, err = flag(body, "case_insensitive")
	return f, value, fold, err
}

func (d *decoder) wildcard(o map[string]any) (Query, error) {
	f, v, fold, err := d.pattern(o, "wildcard")
	return &Wildcard{d.at, f, v, fold}, err
}

func (d *decoder) prefix(o map[string]any) (Query, error) {
	f, v, fold, err := d.pattern(o)
	return &Prefix{d.at, f, v, fold}, err
}

func (d *decoder) regexp(o map[string]any) (Query, error) {
	f, v, fold, err := d.pattern(o)
	return &Regexp{d.at, f, v, fold}, err
}

func (d *decoder) fuzzy(o map[string]any) (Query, error) {
	f, body, err := onField(o, "value")
	if err == nil {
		err = only(body, "value", "fuzziness")
	}
	if err != nil {
		return nil, err
	}
	q := &Fuzzy{Place: d.at, Field: f, Edits: Auto}
	if q.Value, err = text(body, "value"); err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(fmt.Sprint(body["fuzziness"])); err == nil {
		q.Edits = min(max(n, 0), 2)
	}
	return q, nil
}

func (d *decoder) rangeQuery(o map[string]any) (Query, error) {
	f, body, err := onField(o, "")
	if err == nil {
		err = only(body, "gt", "gte", "lt", "lte", "from", "to", "include_lower", "include_upper", "format", "time_zone")
	}
	if err != nil {
		return nil, err
	}
	q := &Range{Place: d.at, Field: f}
	low, high := &q.GTE, &q.LTE // of from and to
	if body["include_lower"] == false {
		low = &q.GT
	}
	if body["include_upper"] == false {
		high = &q.LT
	}
	for key, to := range map[string]**Value{"gt": &q.GT, "gte": &q.GTE, "lt": &q.LT, "lte": &q.LTE, "from": low, "to": high} {
		if body[key] == nil {
			continue
		}
		v, err := scalar(body[key])
		if err != nil {
			return nil, err
		}
		*to = &v
	}
	if body["format"] != nil {
		if q.Format, err = text(body, "format"); err != nil {
			return nil, err
		}
	}
	if body["time_zone"] != nil {
		if q.TimeZone, err = text(body, "time_zone"); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (d *decoder) exists(o map[string]any) (Query, error) {
	if err := only(o, "field"); err != nil {
		return nil, err
	}
	f, err := text(o, "field")
	return &Exists{d.at, f}, err
}

// matching reads what the queries of the match family share.
func (d *decoder) matching(o map[string]any) (*Match, error) {
	f, body, err := onField(o, "query")
	if err == nil {
		err = only(body, "query", "operator", "type", "lenient", "slop", "analyzer", "zero_terms_query", "auto_generate_synonyms_phrase_query", "max_expansions")
	}
	if err != nil {
		return nil, err
	}
	q := &Match{Place: d.at, Field: f}
	if q.Value, err = scalar(body["query"]); err != nil {
		return nil, err
	}
	if body["analyzer"] != nil && body["analyzer"] != "standard" {
		return nil, fmt.Errorf("analyzer %s is not known", wording.Quote(fmt.Sprint(body["analyzer"])))
	}
	if z := body["zero_terms_query"]; z != nil && z != "none" {
		return nil, fmt.Errorf("zero_terms_query %s is not known", wording.Quote(fmt.Sprint(z)))
	}
	q.And = body["operator"] == "and" || body["operator"] == "AND"
	q.Phrase = body["type"] == "phrase" // as filters of old had it
	if q.Lenient, err = flag(body, "lenient"); err != nil {
		return nil, err
	}
	if body["slop"] != nil {
		if q.Slop, err = strconv.Atoi(fmt.Sprint(body["slop"])); err != nil || q.Slop < 0 {
			return nil, fmt.Errorf("slop %s is no whole number", wording.Quote(fmt.Sprint(body["slop"])))
		}
	}
	return q, nil
}

func (d *decoder) match(o map[string]any) (Query, error) { return d.matching(o) }

func (d *decoder) phrase(o map[string]any) (Query, error) {
	q, err := d.matching(o)
	if err != nil {
		return nil, err
	}
	q.Phrase = true
	return q, nil
}

func (d *decoder) phrasePrefix(o map[string]any) (Query, error) {
	q, err := d.matching(o)
	if err != nil {
		return nil, err
	}
	q.Phrase, q.Prefix = true, true
	return q, nil
}

func names(v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, fmt.Errorf("expected a list of fields, found %s", kindName(v))
	}
	var out []string
	for _, i := range list {
		s, ok := i.(string)
		if !ok {
			return nil, fmt.Errorf("expected a field, found %s", kindName(i))
		}
		out = append(out, s)
	}
	return out, nil
}

func (d *decoder) multiMatch(o map[string]any) (Query, error) {
	if err := only(o, "query", "fields", "type", "operator", "lenient", "max_expansions"); err != nil {
		return nil, err
	}
	q := &MultiMatch{Place: d.at}
	var err error
	if q.Value, err = scalar(o["query"]); err != nil {
		return nil, err
	}
	if q.Fields, err = names(o["fields"]); err != nil {
		return nil, err
	}
	switch o["type"] {
	case nil, "best_fields", "most_fields":
	case "phrase":
		q.Phrase = true
	case "phrase_prefix":
		q.Phrase, q.Prefix = true, true
	default:
		return nil, fmt.Errorf("type %s is not known", wording.Quote(fmt.Sprint(o["type"])))
	}
	q.And = o["operator"] == "and" || o["operator"] == "AND"
	q.Lenient, err = flag(o, "lenient")
	return q, err
}

func (d *decoder) queryString(o map[string]any) (Query, error) {
	if err := only(o, "query", "fields", "default_field", "default_operator", "analyze_wildcard", "lenient", "time_zone"); err != nil {
		return nil, err
	}
	q := &QueryString{Place: d.at}
	var err error
	if q.Query, err = text(o, "query"); err != nil {
		return nil, err
	}
	if q.Fields, err = names(o["fields"]); err != nil {
		return nil, err
	}
	if f, ok := o["default_field"].(string); ok && f != "*" {
		q.Fields = append(q.Fields, f)
	}
	q.And = o["default_operator"] == "and" || o["default_operator"] == "AND"
	if q.Analyze, err = flag(o, "analyze_wildcard"); err != nil {
		return nil, err
	}
	if o["time_zone"] != nil {
		if q.TimeZone, err = text(o, "time_zone"); err != nil {
			return nil, err
		}
	}
	q.Lenient, err = flag(o, "lenient")
	return q, err
}

func (d *decoder) nested(o map[string]any) (Query, error) {
	if err := only(o, "path", "query", "score_mode", "ignore_unmapped"); err != nil {
		return nil, err
	}
	path, err := text(o, "path")
	if err != nil {
		return nil, err
	}
	inner, err := d.query(o["query"])
	if err != nil {
		return nil, err
	}
	ignore, err := flag(o, "ignore_unmapped")
	return &Nested{d.at, path, inner, ignore}, err
}

func (d *decoder) ids(o map[string]any) (Query, error) {
	if err := only(o, "values"); err != nil {
		return nil, err
	}
	list, err := names(o["values"])
	return &IDs{d.at, list}, err
}

func (d *decoder) constantScore(o map[string]any) (Query, error) {
	if err := only(o, "filter"); err != nil {
		return nil, err
	}
	return d.query(o["filter"])
}

func (d *decoder) disMax(o map[string]any) (Query, error) {
	if err := only(o, "queries", "tie_breaker"); err != nil {
		return nil, err
	}
	list, err := d.list(o["queries"])
	if err != nil {
		return nil, err
	}
	return Any(d.at.Span, list...), nil
}
