package lsp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// session is what the editor does: it starts the server for a rule, waits for the findings, repairs one with a code
// action, asks for a completion and an explanation, formats, and writes down what it saw.
const session = `
local out = {}
local function wait(what, f)
  if not vim.wait(20000, f, 20) then out.error = 'no ' .. what end
end
local function codes()
  local list = {}
  for _, d in ipairs(vim.diagnostic.get(0)) do
    table.insert(list, string.format('%d:%d %s', d.lnum + 1, d.col + 1, d.code or d.user_data.lsp.code))
  end
  table.sort(list)
  return list
end
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  for _, a in pairs(answers) do return a.result end
end
vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.RULE))
local id = vim.lsp.start_client({ name = 'rulevet', cmd = { vim.env.RULEVET, 'lsp' }, root_dir = vim.env.ROOT })
vim.lsp.buf_attach_client(0, id)
wait('findings', function() return #vim.diagnostic.get(0) > 0 end)
out.opened = codes()

local line = vim.fn.search('process.interactiv ', 'w')
local at = vim.fn.col('.') - 1
local position = { line = line - 1, character = at + 3 }
local text = { uri = vim.uri_from_bufnr(0) }
local actions = ask('textDocument/codeAction', { textDocument = text, context = { diagnostics = {}, only = { 'quickfix' } },
  range = { start = position, ['end'] = position } })
out.actions = vim.tbl_map(function(a) return a.title end, actions or {})
vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
wait('repair', function() return #vim.diagnostic.get(0) == 0 end)
out.repaired = codes()

out.hover = (ask('textDocument/hover', { textDocument = text, position = position }) or { contents = {} }).contents.value
vim.api.nvim_buf_set_text(0, line - 1, at, line - 1, at, { 'process.ent ' })
local items = ask('textDocument/completion', { textDocument = text, position = { line = line - 1, character = at + 11 } })
out.completion = vim.tbl_map(function(i) return i.label end, vim.list_slice(items.items, 1, 3))
wait('broken query', function() return #vim.diagnostic.get(0) > 0 end)
vim.lsp.stop_client(id)
vim.fn.writefile({ vim.json and vim.json.encode(out) or vim.fn.json_encode(out) }, vim.env.OUT)
vim.cmd('qall!')
`

// TestNeovim drives a session in a real editor, where there is one.
func TestNeovim(t *testing.T) {
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("needs Neovim (nvim)")
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "rulevet")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/rulevet").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, _, text := example(t, containerRule)
	text = strings.Replace(text, "process.interactive ", "process.interactiv ", 1)
	path := filepath.Join(dir, containerRule)
	script, result := filepath.Join(dir, "session.lua"), filepath.Join(dir, "out.json")
	for name, data := range map[string]string{path: text, script: session} {
		if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(nvim, "--headless", "--clean", "-n", "-c", "luafile "+script)
	cmd.Env = append(os.Environ(), "RULE="+path, "RULEVET="+binary, "ROOT="+dir, "OUT="+result, "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CACHE_HOME="+dir)
	output, err := cmd.CombinedOutput()
	data, readErr := os.ReadFile(result)
	if err != nil || readErr != nil {
		t.Fatalf("nvim: %v, %v\n%s", err, readErr, output)
	}
	var got struct {
		Error                                 string
		Opened, Actions, Repaired, Completion []string
		Hover                                 string
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	saw := fmt.Sprintf("error %s\nopened %q\nactions %q\nrepaired %q\ncompletion %q\nhover %.34s\n", got.Error, got.Opened, got.Actions, got.Repaired, got.Completion, got.Hover)
	want := `error 
opened ["40:64 query/unknown-field"]
actions ["write ` + "`process.interactive`" + `" "Ignore query/unknown-field here"]
repaired []
completion ["process.entity_id" "process.entry_leader.args" "process.entry_leader.args_count"]
hover **process.interactive**: ` + "`" + `boolean` + "`" + "\n"
	if d := cmp.Diff(want, saw); d != "" {
		t.Errorf("session (-want +got):\n%s\n%s", d, output)
	}
}
