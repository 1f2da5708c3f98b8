package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Hit is a document of an answer.
type Hit struct {
	Index   string          `json:"_index"`
	ID      string          `json:"_id"`
	Source  json.RawMessage `json:"_source"`
	Missing bool            `json:"missing"` // of a sequence: no event stands here
}

// Sequence is a match of a sequence or sample: join keys and events.
type Sequence struct {
	Keys   []json.RawMessage `json:"join_keys"`
	Events []Hit             `json:"events"`
}

// EQL is the answer of _eql/search: events or sequences.
type EQL struct {
	Hits struct {
		Total     Total      `json:"total"`
		Events    []Hit      `json:"events"`
		Sequences []Sequence `json:"sequences"`
	} `json:"hits"`
	TimedOut  bool `json:"timed_out"`
	IsPartial bool `json:"is_partial"`
}

// Total is how many documents match; Relation "gte" says at least.
type Total struct {
	Value    int    `json:"value"`
	Relation string `json:"relation"`
}

// Search is the answer of _search.
type Search struct {
	Hits struct {
		Total Total `json:"total"`
		Hits  []Hit `json:"hits"`
	} `json:"hits"`
	TimedOut bool `json:"timed_out"`
	Shards   struct {
		Failed   int `json:"failed"`
		Failures []struct {
			Reason struct {
				Type   string `json:"type"`
				Reason string `json:"reason"`
			} `json:"reason"`
		} `json:"failures"`
	} `json:"_shards"`
	Aggregations map[string]json.RawMessage `json:"aggregations"`
}

// Rows is the answer of _query.
type Rows struct {
	Columns []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"columns"`
	Values    [][]json.RawMessage `json:"values"`
	IsPartial bool                `json:"is_partial"`
}

// indexPath joins index patterns to a path. Patterns that do not exist are no error.
func indexPath(patterns []string, endpoint string) string {
	parts := make([]string, len(patterns))
	for i, p := range patterns {
		parts[i] = url.PathEscape(p)
	}
	return "/" + strings.Join(parts, ",") + endpoint
}

// EQL runs an EQL search.
func (c *Client) EQL(ctx context.Context, patterns []string, body map[string]any) (*EQL, error) {
	out := &EQL{}
	err := c.Do(ctx, http.MethodPost, indexPath(patterns, "/_eql/search?ignore_unavailable=true&allow_no_indices=true"), body, out)
	if err == nil && (out.TimedOut || out.IsPartial) {
		err = errors.New("the answer is partial: a shard failed or was too slow")
	}
	return out, err
}

// Search runs a search of the Query DSL.
func (c *Client) Search(ctx context.Context, patterns []string, body map[string]any) (*Search, error) {
	out := &Search{}
	err := c.Do(ctx, http.MethodPost, indexPath(patterns, "/_search?ignore_unavailable=true&allow_no_indices=true"), body, out)
	switch {
	case err != nil:
	case out.Shards.Failed > 0 && len(out.Shards.Failures) > 0:
		r := out.Shards.Failures[0].Reason
		err = fmt.Errorf("%d shards failed: %s: %s", out.Shards.Failed, r.Type, r.Reason)
	case out.TimedOut:
		err = errors.New("the answer is partial: a shard was too slow")
	}
	return out, err
}

// Query runs ES|QL.
func (c *Client) Query(ctx context.Context, query string) (*Rows, error) {
	return c.QueryWithin(ctx, query, nil)
}

// QueryWithin runs ES|QL on the documents that a query of the Query DSL lets through.
func (c *Client) QueryWithin(ctx context.Context, query string, filter any) (*Rows, error) {
	out := &Rows{}
	body := map[string]any{"query": query}
	if filter != nil {
		body["filter"] = filter
	}
	err := c.Do(ctx, http.MethodPost, "/_query", body, out)
	if err == nil && out.IsPartial {
		err = errors.New("the answer is partial: a shard failed or was too slow")
	}
	return out, err
}

// Bulk indexes documents into one index, with their positions as ids, and makes them visible. The error names the first
// document that is refused.
func (c *Client) Bulk(ctx context.Context, index string, docs [][]byte) error {
	var body strings.Builder
	for i, d := range docs {
		fmt.Fprintf(&body, "{\"index\":{\"_id\":\"%d\"}}\n%s\n", i, compact(d))
	}
	var answer struct {
		Errors bool `json:"errors"`
		Items  []map[string]struct {
			Error *struct {
				Type   string `json:"type"`
				Reason string `json:"reason"`
				Cause  *struct {
					Reason string `json:"reason"`
				} `json:"caused_by"`
			} `json:"error"`
		} `json:"items"`
	}
	if err := c.Do(ctx, http.MethodPost, "/"+index+"/_bulk?refresh=true", []byte(body.String()), &answer); err != nil {
		return err
	}
	for i, item := range answer.Items {
		for _, done := range item {
			if done.Error != nil {
				reason := done.Error.Reason
				if done.Error.Cause != nil {
					reason += ": " + done.Error.Cause.Reason
				}
				return fmt.Errorf("the cluster refuses event %d: %s", i, reason)
			}
		}
	}
	return nil
}

// compact puts a document on one line.
func compact(doc []byte) []byte {
	var v json.RawMessage = doc
	if b, err := json.Marshal(v); err == nil {
		return b
	}
	return []byte("{}")
}
