package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/cluster"
	"github.com/rulevet/rulevet/internal/elastic"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule/hunt"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/ruletest"
	"github.com/rulevet/rulevet/schema"
)

// elasticHelp says where credentials come from.
const elasticHelp = "Credentials come from the environment and are never printed: " + elastic.EnvAPIKey + ", or " + elastic.EnvUser + " and\n" +
	elastic.EnvPassword + "; " + elastic.EnvCA + " names the file of a certificate authority."

// elasticFlag adds --elasticsearch.
func elasticFlag(cmd *cobra.Command, to *string, does string) {
	cmd.Flags().StringVar(to, "elasticsearch", "", does)
}

// connect makes a client of a cluster.
func (c *command) connect(address string) (*elastic.Client, error) {
	client, err := elastic.New(address, elastic.Options{Env: c.Env})
	if err != nil {
		return nil, usageError("--elasticsearch: %w", err)
	}
	return client, nil
}

// askCluster lets a run of fixtures ask a cluster, too. Indexes that an earlier run left behind are removed.
func (c *command) askCluster(ctx context.Context, address string, catalog *schema.Catalog, opts *ruletest.Options) error {
	client, err := c.connect(address)
	if err != nil {
		return err
	}
	temporary, removed, err := elastic.NewTemporary(ctx, client, c.Now())
	for _, name := range removed {
		fmt.Fprintf(c.Stderr, "rulevet: removed the index %s, which an earlier run left behind\n", name)
	}
	if err != nil {
		return failed(err)
	}
	opts.Remote = cluster.NewTester(ctx, client, temporary, catalog).Matcher
	return nil
}

// huntCluster runs the rules of the paths on the data of a cluster.
func (c *command) huntCluster(ctx context.Context, f *huntFlags, args []string) error {
	if len(f.events) > 0 {
		return usageError("--events and --elasticsearch exclude each other")
	}
	client, err := c.connect(f.elasticsearch)
	if err != nil {
		return err
	}
	w, err := c.open(&f.commonFlags, args)
	if err != nil {
		return err
	}
	opts := hunt.Options{By: f.by, Samples: f.samples}
	if f.samples == 0 {
		opts.Samples = -1
	}
	if len(w.config.Schemas) > 0 {
		if opts.Catalog, err = lint.LoadCatalog(w.config.Schemas); err != nil {
			return usageError("schema: %w", err)
		}
	}
	result, failure := cluster.NewHunter(client, cluster.Range{From: f.from, To: f.to}, opts).Run(ctx, w.rules())
	if failure != nil && result.Summary.Rules == 0 {
		return failed(failure)
	}
	return c.huntReport(f, w, result)
}

// clusterFailure says in lines how a cluster's answer to a case differs.
func clusterFailure(k *ruletest.CaseResult) string {
	r := k.Elasticsearch
	switch {
	case r == nil:
		return ""
	case r.Error != "":
		return "Elasticsearch: " + r.Error
	case r.Differs:
		return "Elasticsearch gives another answer (-ours +theirs):\n" + strings.TrimRight(r.Diff, "\n")
	}
	return ""
}

// cluster sums up what the cluster said.
func (t *testText) cluster() {
	agree, differ := 0, 0
	asked := false
	why, notes, count := []string{}, []string{}, map[string]int{}
	for _, r := range t.run.Rules {
		for i := range r.Cases {
			e := r.Cases[i].Elasticsearch
			if e != nil && e.Note != "" {
				if count[e.Note]++; count[e.Note] == 1 {
					notes = append(notes, e.Note)
				}
			}
			switch {
			case e == nil:
			case e.NotChecked != "":
				asked = true
				if count[e.NotChecked]++; count[e.NotChecked] == 1 {
					why = append(why, e.NotChecked)
				}
			case e.Differs || e.Error != "":
				asked = true
				differ++
			default:
				asked = true
				agree++
			}
		}
	}
	if !asked {
		return
	}
	for _, w := range why {
		t.line("not asked of Elasticsearch: %s: %s", wording.Count(count[w], "case"), w)
	}
	for _, n := range notes {
		t.line("Elasticsearch: %s: %s", wording.Count(count[n], "case"), n)
	}
	t.line("Elasticsearch: %s as here, %d otherwise or failed", wording.Count(agree, "case"), differ)
}
