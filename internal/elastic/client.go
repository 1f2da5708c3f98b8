// Package elastic speaks HTTP with a cluster of Elasticsearch: what test, hunt and "schema pull" need of it and no more.
//
// It is net/http and not the official client, by measure: a program that only makes a client has 5.9 MB with net/http and
// 12.9 MB with go-elasticsearch/v9 (1.6 MB without either; linux/amd64, -ldflags=-s); both start in 3 ms.
package elastic

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rulevet/rulevet/internal/fileio"
)

// Names of the environment variables that hold the credentials. They are read, sent and never printed.
const (
	EnvAPIKey   = "ELASTICSEARCH_API_KEY"
	EnvUser     = "ELASTICSEARCH_USERNAME"
	EnvPassword = "ELASTICSEARCH_PASSWORD"
	EnvCA       = "ELASTICSEARCH_CA_CERT" // file with the certificates (PEM) of the authority
)

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 256 << 20

// Client sends requests to one cluster. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	http  *http.Client
	auth  string // the header
	tries int
	wait  func(ctx context.Context, d time.Duration) error
}

// Options of a client.
type Options struct {
	Env     func(string) string // nil: the environment
	Timeout time.Duration       // of one request; 0 = 30 seconds
	// Wait waits between two tries; nil: by the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// New checks the address and the credentials; it sends nothing.
func New(address string, o Options) (*Client, error) {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	base, err := url.Parse(address)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("expected a URL as in https://localhost:9200")
	case base.User != nil:
		return nil, fmt.Errorf("the URL holds credentials, which end up in logs: put them into %s, or %s and %s", EnvAPIKey, EnvUser, EnvPassword)
	case base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("the URL has a query or fragment, expected scheme, host and path only")
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second}
	if path := o.Env(EnvCA); path != "" {
		pem, err := fileio.Read(path, fileio.MaxConfig)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvCA, err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: %s holds no certificate in PEM", EnvCA, path)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	c := &Client{base: base, tries: 5, wait: o.Wait, http: &http.Client{Transport: transport, Timeout: o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}} // credentials stay with the host
	if c.wait == nil {
		c.wait = sleep
	}
	user := o.Env(EnvUser)
	switch {
	case o.Env(EnvAPIKey) != "":
		c.auth = "ApiKey " + o.Env(EnvAPIKey)
	case user != "":
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, o.Env(EnvPassword))
		c.auth = r.Header.Get("Authorization")
	}
	return c, nil
}

// String is the address, for messages.
func (c *Client) String() string { return c.base.String() }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Error is an answer that refuses the request.
type Error struct {
	Status int
	Type   string // Elasticsearch's name of the error; empty if the answer has none
	Reason string
}

func (e *Error) Error() string {
	switch e.Status {
	case http.StatusUnauthorized:
		return fmt.Sprintf("the cluster refuses the credentials (401): set %s, or %s and %s", EnvAPIKey, EnvUser, EnvPassword)
	case http.StatusForbidden:
		return "the credentials do not allow this (403): " + e.what()
	case http.StatusTooManyRequests:
		return "the cluster is too busy (429), also after several tries: " + e.what()
	}
	return fmt.Sprintf("the cluster answers %d: %s", e.Status, e.what())
}

func (e *Error) what() string {
	switch {
	case e.Type == "" && e.Reason == "":
		return http.StatusText(e.Status)
	case e.Type == "":
		return e.Reason
	}
	return e.Type + ": " + e.Reason
}

// Lacks reports that the cluster has no such endpoint.
func (e *Error) Lacks() bool {
	return e.Status == http.StatusMethodNotAllowed || (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound) && strings.HasPrefix(e.Reason, "no handler found")
}

// Do sends a request and reads its answer into the value that into points to (nil: it is left). A body that is []byte is
// sent as it is (NDJSON), any other as JSON. Requests that the cluster is too busy for are tried again.
func (c *Client) Do(ctx context.Context, method, path string, body, into any) error {
	data, kind, err := encode(body)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		answer, err := c.once(ctx, method, path, data, kind)
		if err == nil {
			if into == nil {
				return nil
			}
			if err := json.Unmarshal(answer, into); err != nil {
				return fmt.Errorf("%s is no Elasticsearch, or something stands between: its answer to %s %s is not the JSON it should be", c, method, path)
			}
			return nil
		}
		pause, again := retryable(err, try)
		if !again || try == c.tries || ctx.Err() != nil {
			return unwrapped(err)
		}
		if err := c.wait(ctx, pause); err != nil {
			return err
		}
	}
}

func encode(body any) (data []byte, kind string, err error) {
	switch b := body.(type) {
	case nil:
		return nil, "", nil
	case []byte:
		return b, "application/x-ndjson", nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err = enc.Encode(body)
	return out.Bytes(), "application/json", err
}

// busy is an answer after which the request may be tried again, at the earliest after a while.
type busy struct {
	error
	after time.Duration
}

func (b busy) Unwrap() error { return b.error }

func unwrapped(err error) error {
	if b, ok := err.(busy); ok {
		return b.error
	}
	return err
}

// retryable tells whether and when to try again: the waits grow and differ from one client to the next.
func retryable(err error, try int) (time.Duration, bool) {
	b, ok := err.(busy)
	if !ok {
		return 0, false
	}
	pause := 200 * time.Millisecond << (try - 1)
	pause += rand.N(pause / 2)
	return min(max(pause, b.after), 30*time.Second), true
}

func (c *Client) once(ctx context.Context, method, path string, data []byte, kind string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json")
	if c.auth != "" {
		req.Header.Set("Authorization", c.auth)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failure(ctx, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.failure(ctx, err)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s is larger than %d MiB", c, maxAnswer>>20)
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return answer, nil
	}
	refused := refusal(resp.StatusCode, answer)
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		refused.Reason = "it points to " + strconv.Quote(resp.Header.Get("Location")) + ", which is not followed"
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, busy{refused, time.Duration(max(seconds, 0)) * time.Second}
	}
	return nil, refused
}

// refusal reads the error of an answer.
func refusal(status int, answer []byte) *Error {
	e := &Error{Status: status}
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(answer, &body) != nil || body.Error == nil {
		return e
	}
	var cause struct {
		Type      string `json:"type"`
		Reason    string `json:"reason"`
		RootCause []struct {
			Type   string `json:"type"`
			Reason string `json:"reason"`
		} `json:"root_cause"`
	}
	if json.Unmarshal(body.Error, &e.Reason) == nil {
		return e
	}
	_ = json.Unmarshal(body.Error, &cause)
	e.Type, e.Reason = cause.Type, cause.Reason
	if len(cause.RootCause) > 0 && cause.RootCause[0].Reason != "" {
		e.Type, e.Reason = cause.RootCause[0].Type, cause.RootCause[0].Reason
	}
	if r := []rune(e.Reason); len(r) > 500 {
		e.Reason = string(r[:500]) + "…"
	}
	return e
}

// failure words an error of the connection, without the URL and system calls that net/http puts around it.
func (c *Client) failure(ctx context.Context, err error) error {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &dns):
		return fmt.Errorf("%s cannot be reached: no host has the name %s", c, strconv.Quote(dns.Name))
	case errors.As(err, &authority):
		return fmt.Errorf("%s has a certificate of an unknown authority: name the file of the authority in %s", c, EnvCA)
	case errors.As(err, &host):
		return fmt.Errorf("%s has a certificate of another host", c)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s cannot be reached: connection refused", c)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%s does not answer within %s", c, c.http.Timeout)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET):
		return busy{fmt.Errorf("%s closed the connection before it answered", c), 0}
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%s cannot be reached: %w", c, err)
}
