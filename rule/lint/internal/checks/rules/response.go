package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// ResponseChecks lists the check of what a rule does when it fires.
func ResponseChecks() []*check.Check {
	return []*check.Check{{Code: "rule/response-action", Title: "response action that Kibana does not know or cannot run",
		Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
		Needs: []string{"rule.response_actions"}, Run: checkResponseActions}}
}

// responseKeys are the keys of params by the type of action.
var responseKeys = map[string][]string{
	".osquery":  {"ecs_mapping", "ecsMapping", "pack_id", "packId", "queries", "query", "saved_query_id", "savedQueryId", "timeout"},
	".endpoint": {"command", "comment", "config"},
}

// endpointCommands are the commands that a rule may give; manualCommands those that a person may.
var (
	endpointCommands = []string{"isolate", "kill-process", "suspend-process", "runscript"}
	manualCommands   = []string{"unisolate", "release", "running-processes", "processes", "get-file", "execute", "upload", "scan", "cancel", "memory-dump", "status"}
)

func checkResponseActions(p *check.Pass) {
	list := p.File.Lookup("rule", "response_actions")
	if list == nil || list.Kind != rule.ArrayNode {
		return
	}
	for _, a := range list.Children {
		if a.Kind == rule.TableNode {
			responseAction(p, a)
		}
	}
}

func responseAction(p *check.Pass, a *rule.Node) {
	typ, params := a.Get("action_type_id"), a.Get("params")
	switch {
	case typ == nil || typ.Kind != rule.StringNode:
		p.Report(rule.Diagnostic{Span: a.Span, Message: "a response action has no `action_type_id`", Hint: "one of `.endpoint`, `.osquery`"})
		return
	case responseKeys[typ.Str] == nil:
		oneOf(p, typ, "response action", []string{".endpoint", ".osquery"}, "")
		return
	case params == nil || params.Kind != rule.TableNode:
		p.Report(rule.Diagnostic{Span: typ.Span, Message: fmt.Sprintf("a response action %s has no table `params`", rule.Quote(typ.Str))})
		return
	}
	slips := knownKeys(p, params, responseKeys[typ.Str])
	if typ.Str == ".endpoint" {
		endpointAction(p, params, slips)
		return
	}
	if !slices.ContainsFunc(params.Children, func(c *rule.Node) bool {
		return slices.Contains([]string{"query", "queries", "pack_id", "packId", "saved_query_id", "savedQueryId"}, c.Key)
	}) && !slips {
		p.Report(rule.Diagnostic{Span: typ.Span, Message: "an osquery action asks nothing", Hint: "it needs `query`, `queries`, `saved_query_id` or `pack_id`"})
	}
}

// endpointAction checks the command of an action of Elastic Defend and what it needs.
func endpointAction(p *check.Pass, params *rule.Node, slips bool) {
	command := params.Get("command")
	switch {
	case command == nil:
		if !slips {
			p.Report(rule.Diagnostic{Span: params.Span, Message: "an endpoint action has no `command`", Hint: "one of `" + strings.Join(endpointCommands, "`, `") + "`"})
		}
		return
	case command.Kind != rule.StringNode:
		p.Report(rule.Diagnostic{Span: command.Span, Message: fmt.Sprintf("`command` is %s, expected a string", command.Kind)})
		return
	case slices.Contains(manualCommands, command.Str):
		p.Report(rule.Diagnostic{Span: command.Span, Message: fmt.Sprintf("command %s is one that people give, not rules", rule.Quote(command.Str)),
			Hint: "a rule may give `" + strings.Join(endpointCommands, "`, `") + "`"})
		return
	case !slices.Contains(endpointCommands, command.Str):
		oneOf(p, command, "endpoint command", endpointCommands, "")
		return
	}
	config := params.Get("config")
	process := command.Str == "kill-process" || command.Str == "suspend-process"
	switch {
	case config == nil && process:
		p.Report(rule.Diagnostic{Span: command.Span, Message: fmt.Sprintf("command %s has no `config`, which names the process", rule.Quote(command.Str)),
			Hint: `config = { field = "process.entity_id", overwrite = false }, or overwrite = true for process.pid`})
	case config != nil && config.Kind == rule.TableNode && process:
		knownKeys(p, config, []string{"field", "overwrite"})
		field, overwrite := config.Get("field"), config.Get("overwrite")
		if overwrite != nil && overwrite.Kind == rule.BoolNode && !overwrite.Bool && (field == nil || field.Kind == rule.StringNode && field.Str == "") {
			p.Report(rule.Diagnostic{Span: overwrite.Span, Message: "`overwrite` is false, but no `field` names the process", Hint: "name a field, as in `process.entity_id`, or set overwrite = true"})
		}
	}
}

// knownKeys reports keys that a table does not have; it tells whether there are any.
func knownKeys(p *check.Pass, table *rule.Node, known []string) (found bool) {
	for _, c := range table.Children {
		if slices.Contains(known, c.Key) {
			continue
		}
		found = true
		d := rule.Diagnostic{Span: c.KeySpan, Message: fmt.Sprintf("key %s is not known in `%s` of a response action", rule.Quote(c.Key), table.Key)}
		free := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return table.Get(k) != nil })
		if names := near.Names(c.Key, free); len(names) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(names[0]))
			d.Fixes = check.Repair("rename it to "+names[0], false, []rule.Edit{{Span: c.KeySpan, New: names[0]}})
		} else {
			d.Hint = "known are `" + strings.Join(known, "`, `") + "`"
		}
		p.Report(d)
	}
	return found
}

// oneOf reports a value that is none of a list.
func oneOf(p *check.Pass, n *rule.Node, what string, allowed []string, hint string) {
	d := rule.Diagnostic{Span: n.Span, Hint: hint, Message: fmt.Sprintf("%s %s is not known, expected one of `%s`", what, rule.Quote(n.Str), strings.Join(allowed, "`, `"))}
	if names := near.Names(n.Str, allowed); len(names) > 0 {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(names[0]))
		d.Fixes = check.Repair("write "+names[0], false, tomlspan.SetString(n, names[0]))
	}
	p.Report(d)
}
