package prove_test

import (
	"fmt"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/prove"
)

func parsed(query string) *rule.File {
	file, _ := rule.Parse("relay.toml", []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.process-*\"]\nquery = '''"+query+"'''\n"))
	return file
}

func ExampleRules() {
	change := prove.Rules(new(compile.Compiler), parsed(`process where process.name : "re*"`), parsed(`process where process.name : ("relay", "rest")`))
	fmt.Println(change.Relation, len(change.Lost), len(change.Gained))
	// Output:
	// narrower 1 0
}

func ExampleGenerate() {
	program, err := new(compile.Compiler).Compile(parsed(`process where process.name == "relay" and process.pid > 4`), compile.Options{})
	if err != nil {
		panic(err)
	}
	made := prove.Generate(program, prove.GenerateOptions{Count: 1})
	fmt.Println(len(made.Ways), prove.Matches(program, made.Ways[0]))
	// Output:
	// 1 true
}
