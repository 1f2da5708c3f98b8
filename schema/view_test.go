package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t testing.TB) *Catalog {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLookup(t *testing.T) {
	c := open(t)
	tests := []struct {
		indexes, name string
		want          string // presence type extras
	}{
		{"logs-cloud_defend.process*", "process.interactive", "known boolean"},
		{"logs-cloud_defend.process*", "process.nmae", "absent"},
		{"logs-cloud_defend.process*", "process.name.text", "known text"},
		{"logs-cloud_defend.process*", "cloud_defend.new_field", "undecidable"},
		{"logs-endpoint.events.process-*", "process.Ext.token.integrity_level_name", "known keyword"},
		{"logs-endpoint.events.process-*", "process.Ext.tokn.integrity_level_name", "absent"},
		{"logs-endpoint.events.process-*", "registry.path", "known keyword"},
		{"endgame-*", "process.name", "known keyword"},
		{"endgame-*", "container.id", "absent"},
		{"winlogbeat-*", "event_id", "known keyword alias=winlog.event_id"},
		{"winlogbeat-*", "winlog.event_data.SomethingNew", "known keyword parent=winlog.event_data"},
		{"logs-o365.audit-*", "o365.audit.Parameters.ForwardingAddress", "known keyword parent=o365.audit.Parameters.*"},
		{"logs-*", "foo.bar", "undecidable"},
		{"logs-*", "process.name", "known keyword"},
		{"logs-nosuchpackage.log-*", "foo.bar", "undecidable"},
		{"remote:logs-cloud_defend.*", "foo.bar", "absent"},
		{"logs-endpoint.events.*,-logs-endpoint.events.registry-*", "foo.bar", "absent"},
		{"my-index", "process.name", "known keyword"},
		{"eu::logs-cloud_defend.*", "foo.bar", "absent"},
		{"logs-cloud_defend.process-*::failures", "foo.bar", "absent"},
		{".ds-logs-cloud_defend.process-default-2026.01.01-000001", "foo.bar", "absent"},
		{"logs-cloud_defend.*,my-index,-my-*", "foo.bar", "absent"},
		{"logs-cloud_defend.*,eu:my-index,eu:-my-*", "foo.bar", "absent"},
		{"my-index", "foo", "undecidable"},
		{"logs-aws.cloudtrail-*", "aws.cloudtrail.flattened.request_parameters.zzz", "known flattened parent=aws.cloudtrail.flattened.request_parameters"},
		{"logs-endpoint.events.file-*", "file.pe.sections.name", "known keyword nested=file.pe.sections"},
	}
	for _, tt := range tests {
		v := c.View(Request{Indexes: strings.Split(tt.indexes, ",")}, "")
		r := v.Describe(tt.name)
		got := [...]string{"undecidable", "known", "absent"}[r.Presence]
		if len(r.Types) > 0 {
			got += " " + r.Types[0].Type
		}
		for _, p := range []struct{ k, v string }{{"alias", r.Alias}, {"nested", r.Nested}, {"parent", r.Parent}} {
			if p.v != "" && r.Presence == Known {
				got += " " + p.k + "=" + p.v
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", tt.name, tt.indexes, diff)
		}
	}
}

func TestSuggest(t *testing.T) {
	c := open(t)
	tests := []struct{ indexes, name, want string }{
		{"logs-cloud_defend.process*", "process.nmae", "process.name"},
		{"logs-endpoint.events.process-*", "proces.parent.name", "process.parent.name"},
		{"endgame-*", "host.os.typ", "host.os.type"},
		{"winlogbeat-*", "winlog.event_data.targetusername", "winlog.event_data.TargetUserName"},
		{"logs-endpoint.events.file-*", "file.sha256", "file.hash.sha256"},
	}
	for _, tt := range tests {
		got := c.View(Request{Indexes: []string{tt.indexes}}, "").Suggest(tt.name)
		if len(got) == 0 || got[0] != tt.want {
			t.Errorf("%s in %s: want %s first, got %q", tt.name, tt.indexes, tt.want, got)
		}
	}
}
