// Tokenises rules with the grammars, as the editor does, over a small TOML grammar of our own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import test from "node:test";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const toml = {
  scopeName: "source.toml",
  patterns: [
    { name: "comment.line.toml", match: "#.*$" },
    { name: "string.quoted.triple.toml", begin: "'''", end: "'''" },
    { name: "string.quoted.double.toml", match: '"[^"]*"' },
  ],
};

const files = { "source.eql": "eql", "source.kuery": "kuery", "source.esql": "esql", "rulevet.query.injection": "query" };

const read = (name) => readFileSync(new URL(`../syntaxes/${name}.json`, import.meta.url), "utf8");

const wasm = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
const registry = new textmate.Registry({
  onigLib: oniguruma.loadWASM(wasm).then(() => ({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (s) => new oniguruma.OnigString(s),
  })),
  loadGrammar: async (scope) => (scope === "source.toml" ? toml : textmate.parseRawGrammar(read(files[scope]), `${files[scope]}.json`)),
  getInjections: (scope) => (scope === "source.toml" ? ["rulevet.query.injection"] : undefined),
});

/** The innermost scope of each piece of a text. */
async function pieces(text) {
  const grammar = await registry.loadGrammar("source.toml");
  let stack = textmate.INITIAL;
  const out = [];
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, stack);
    for (const t of result.tokens) {
      const piece = line.slice(t.startIndex, t.endIndex).trim();
      if (piece) out.push(`${piece} ${t.scopes.at(-1)}`);
    }
    stack = result.ruleStack;
  }
  return out;
}

const cases = [
  {
    name: "EQL",
    text: "query = '''\nfile where host.os.type == \"linux\" and endsWith~(file.name, \".so\") // new\n'''\nname = \"x\"",
    want: ["file entity.name.type.eql", "where keyword.control.eql", "host.os.type variable.other.property.eql", "and keyword.operator.logical.eql",
      "endsWith support.function.eql", "// new comment.line.double-slash.eql", "\"x\" string.quoted.double.toml"],
  },
  {
    name: "a sequence",
    text: "query = '''\nsequence by host.id with maxspan=30s\n  [process where true]\n'''",
    want: ["sequence keyword.control.eql", "30s constant.numeric.eql", "process entity.name.type.eql", "true constant.language.eql"],
  },
  {
    name: "KQL",
    text: "query = '''\nevent.dataset:okta.system AND NOT user.name:(\"svc \\\" 1\" or adm*)\n'''",
    want: ["event.dataset variable.other.property.kuery", "okta.system string.unquoted.kuery", "AND keyword.operator.logical.kuery",
      "or keyword.operator.logical.kuery", "* keyword.operator.wildcard.kuery"],
  },
  {
    name: "ES|QL",
    text: "query = '''\nfrom logs-* metadata _id\n| WHERE event.kind == \"event\"\n| stats n = count(*) by host.name\n'''",
    want: ["from keyword.control.esql", "WHERE keyword.control.esql", "stats keyword.control.esql", "count support.function.esql", "by keyword.control.esql",
      "host.name variable.other.property.esql"],
  },
];

for (const c of cases) {
  test(`${c.name} is coloured inside TOML`, async () => {
    const got = await pieces(c.text);
    for (const w of c.want) assert.ok(got.includes(w), `${w} is missing in\n${got.join("\n")}`);
  });
}

test("a query in double quotes ends where its string ends", async () => {
  const got = await pieces('query = """\nprocess where true\n"""\nseverity = "low"');
  assert.ok(got.includes('"low" string.quoted.double.toml'), got.join("\n"));
});
