package elastic

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// prefix begins the names of temporary indexes: prefix, host, process, number.
const prefix = "rulevet-test-"

// maxAge is when an index of another host counts as left behind.
const maxAge = time.Hour

// Temporary makes indexes that live as long as a run.
type Temporary struct {
	client *Client
	owner  string // host and process
	serial atomic.Int64
}

// NewTemporary removes what earlier runs left behind: indexes of processes of this host that are no more, and of other hosts
// those that are older than an hour. It returns their names.
func NewTemporary(ctx context.Context, c *Client, now time.Time) (*Temporary, []string, error) {
	t := &Temporary{client: c, owner: hostName() + "-" + strconv.Itoa(os.Getpid())}
	var found map[string]struct {
		Settings struct {
			Index struct {
				Created string `json:"creation_date"`
			} `json:"index"`
		} `json:"settings"`
	}
	err := c.Do(ctx, http.MethodGet, "/"+prefix+"*/_settings/index.creation_date?allow_no_indices=true&expand_wildcards=all", nil, &found)
	if err != nil {
		return nil, nil, err
	}
	var removed []string
	for name, index := range found {
		created, _ := strconv.ParseInt(index.Settings.Index.Created, 10, 64)
		if !leftBehind(name, time.UnixMilli(created), now) {
			continue
		}
		if err := t.delete(ctx, name); err != nil {
			return nil, removed, fmt.Errorf("%s was left behind by an earlier run and cannot be removed: %w", name, err)
		}
		removed = append(removed, name)
	}
	return t, removed, nil
}

// leftBehind reports an index whose run has ended.
func leftBehind(name string, created, now time.Time) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	parts := strings.Split(rest, "-")
	if !ok || len(parts) != 3 {
		return false // not ours
	}
	pid, err := strconv.Atoi(parts[1])
	if err == nil && parts[0] == hostName() {
		return pid != os.Getpid() && !running(pid)
	}
	return now.Sub(created) > maxAge
}

// hostName is a short stand-in for the name of the host, which may hold what no index name may.
func hostName() string {
	name, _ := os.Hostname()
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("%08x", h.Sum32())
}

// Create makes an index and returns its name with a function that removes it, also after the context has ended.
func (t *Temporary) Create(ctx context.Context, body map[string]any) (name string, remove func() error, err error) {
	name = fmt.Sprintf("%s%s-%d", prefix, t.owner, t.serial.Add(1))
	remove = func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return t.delete(ctx, name)
	}
	if err := t.client.Do(ctx, http.MethodPut, "/"+name, body, nil); err != nil {
		var refused *Error
		if !errors.As(err, &refused) {
			_ = remove() // the answer may have got lost, the index not
		}
		return "", nil, err
	}
	return name, remove, nil
}

func (t *Temporary) delete(ctx context.Context, name string) error {
	err := t.client.Do(ctx, http.MethodDelete, "/"+name+"?ignore_unavailable=true", nil, nil)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil
	}
	return err
}
