package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func client(t *testing.T, h http.Handler, env map[string]string) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := New(server.URL, Options{Env: func(k string) string { return env[k] }, Timeout: time.Second,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAddresses(t *testing.T) {
	none := func(string) string { return "" }
	for address, want := range map[string]string{
		"localhost:9200":             "expected a URL as in https://localhost:9200",
		"":                           "expected a URL as in https://localhost:9200",
		"ftp://x":                    "expected a URL as in https://localhost:9200",
		"https://user:secret@host":   "the URL holds credentials",
		"https://host/path?x=1":      "the URL has a query or fragment",
		"https://host:9200/a/prefix": "",
	} {
		_, err := New(address, Options{Env: none})
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("%q: %v, want %q", address, err, want)
		} else if strings.Contains(got, "secret") {
			t.Errorf("%q: the error prints the password: %v", address, err)
		}
	}
	if _, err := New("https://host", Options{Env: func(k string) string {
		return map[string]string{EnvCA: "/nonesuch"}[k]
	}}); err == nil || !strings.Contains(err.Error(), EnvCA) {
		t.Errorf("a CA file that is not there: %v", err)
	}
}

func TestFaults(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	tests := []struct {
		name string
		h    http.Handler
		want string
	}{
		{"401", answer(401, `{"error":{"type":"security_exception","reason":"missing authentication credentials"}}`), "the cluster refuses the credentials (401): set ELASTICSEARCH_API_KEY"},
		{"403", answer(403, `{"error":{"type":"security_exception","reason":"not allowed"}}`), "the credentials do not allow this (403): security_exception: not allowed"},
		{"a reason", answer(400, `{"error":{"type":"x","reason":"outer","root_cause":[{"type":"verification_exception","reason":"Unknown column [a]"}]}}`),
			"the cluster answers 400: verification_exception: Unknown column [a]"},
		{"no endpoint", answer(405, `{"error":"Incorrect HTTP method","status":405}`), "the cluster answers 405: Incorrect HTTP method"},
		{"another server", answer(200, "<html>"), "is no Elasticsearch, or something stands between"},
		{"a redirect", http.RedirectHandler("https://elsewhere.example/", http.StatusFound), `the cluster answers 302: it points to "https://elsewhere.example/", which is not followed`},
		{"always busy", answer(429, `{"error":{"type":"circuit_breaking_exception","reason":"too large"}}`), "the cluster is too busy (429), also after several tries: circuit_breaking_exception: too large"},
		{"never answers", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
		}), "does not answer within 1s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var into map[string]any
			err := client(t, tt.h, nil).Do(t.Context(), "GET", "/", nil, &into)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	server := httptest.NewServer(nil)
	address := server.URL
	server.Close()
	c, _ := New(address, Options{Env: func(string) string { return "" }})
	if err := c.Do(t.Context(), "GET", "/", nil, nil); err == nil || err.Error() != address+" cannot be reached: connection refused" {
		t.Errorf("a closed port: %v", err)
	}
}

func TestBusyIsTriedAgain(t *testing.T) {
	var calls atomic.Int32
	c := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) < 3 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
			return
		}
		fmt.Fprintf(w, `{"auth":%q}`, r.Header.Get("Authorization"))
	}), map[string]string{EnvAPIKey: "key"})
	var waits []time.Duration
	c.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	var got struct{ Auth string }
	if err := c.Do(t.Context(), "GET", "/", nil, &got); err != nil || got.Auth != "ApiKey key" {
		t.Fatalf("%v, %+v", err, got)
	}
	if len(waits) != 2 || waits[0] < time.Second {
		t.Errorf("waits %v, want two, as Retry-After says", waits)
	}
}

func TestACancelledRequestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := client(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}), nil)
	if err := c.Do(ctx, "GET", "/", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// node is a stand-in for a cluster that remembers its indexes.
type node struct {
	indexes map[string]time.Time
	gone    []string
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case r.Method == "GET" && strings.HasSuffix(name, "/_settings/index.creation_date"):
		var parts []string
		for name, at := range n.indexes {
			parts = append(parts, fmt.Sprintf(`%q:{"settings":{"index":{"creation_date":"%d"}}}`, name, at.UnixMilli()))
		}
		fmt.Fprintf(w, "{%s}", strings.Join(parts, ","))
	case r.Method == "PUT":
		n.indexes[name] = time.Now()
		fmt.Fprint(w, "{}")
	case r.Method == "DELETE":
		delete(n.indexes, name)
		n.gone = append(n.gone, name)
		fmt.Fprint(w, "{}")
	default:
		w.WriteHeader(400)
	}
}

func TestLeftBehind(t *testing.T) {
	now := time.Now()
	mine := prefix + hostName() + "-" + fmt.Sprint(os.Getpid()) + "-1"
	dead := prefix + hostName() + "-999999999-1"
	n := &node{indexes: map[string]time.Time{mine: now, dead: now, prefix + "00000000-1-1": now, prefix + "00000000-1-2": now.Add(-2 * time.Hour), prefix + "mine": now.Add(-2 * time.Hour)}}
	c := client(t, n, nil)
	tmp, removed, err := NewTemporary(t.Context(), c, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(removed) != 2 || n.indexes[dead] != (time.Time{}) || len(n.indexes) != 3 {
		t.Errorf("removed %v, left %v", removed, n.indexes)
	}
	ctx, cancel := context.WithCancel(t.Context())
	name, remove, err := tmp.Create(ctx, map[string]any{})
	if err != nil || n.indexes[name].IsZero() {
		t.Fatalf("%q, %v", name, err)
	}
	cancel()
	if err := remove(); err != nil || !n.indexes[name].IsZero() {
		t.Errorf("after a cancel the index is still there: %v", err)
	}
}
