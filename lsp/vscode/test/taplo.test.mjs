// Taplo checks rules with the schema that "rulevet schema print" gives.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const taplo = fileURLToPath(new URL("../node_modules/.bin/taplo", import.meta.url));

test("taplo accepts a rule and refuses a broken copy", () => {
  const dir = mkdtempSync(join(tmpdir(), "rulevet-taplo-"));
  const put = (name, text) => writeFileSync(join(dir, name), text);
  put("schema.json", execFileSync("go", ["run", "./cmd/rulevet", "schema", "print"], { cwd: root }));
  put(".taplo.toml", '[[rule]]\ninclude = ["**/*.toml"]\nschema = { path = "schema.json" }\n');
  const rule = readFileSync(join(root, "examples/rules/execution_interactive_shell_in_container.toml"), "utf8");
  put("good.toml", rule);
  put("bad.toml", rule.replace('severity = "high"', 'severity = "hgih"'));
  const good = spawnSync(taplo, ["lint", "good.toml"], { cwd: dir, encoding: "utf8" });
  assert.equal(good.status, 0, good.stderr);
  const bad = spawnSync(taplo, ["lint", "bad.toml"], { cwd: dir, encoding: "utf8" });
  assert.notEqual(bad.status, 0, "the broken rule is accepted");
  assert.match(bad.stdout + bad.stderr, /"hgih" is not one of/);
});
