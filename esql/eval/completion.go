package eval

import (
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// completion compiles COMPLETION: no model is asked, answers are given.
func (c *compiler) completion(x *esql.Completion) {
	if c.p.opts.Answer == nil {
		c.notRun(x, "COMPLETION asks a model, and no answers of one are given")
	}
	prompt := c.textInput(x.Prompt)
	name := "completion"
	if x.Target != nil {
		name = x.Target.Name
	}
	c.assign(name, &expr{typ: block.Keyword, run: func(r *Run, b *batch) *block.Block {
		in := prompt.run(r, b)
		w := block.NewBuilder(block.Keyword, b.n)
		for i := range b.n {
			if text, ok := prompted(in, i); ok {
				r.answer(w, x, text)
			}
			w.EndRow()
		}
		return w.Build()
	}})
}

// prompted is the prompt of a row: of several texts all, one a line; ok is false if there is none.
func prompted(in *block.Block, row int) (text string, ok bool) {
	if in.Type == block.Null {
		return "", false
	}
	first, n := in.Range(row)
	return strings.Join(in.S[first:first+n], "\n"), n > 0
}

// answer adds the answer to a prompt. A prompt that has none ends the run.
func (r *Run) answer(w *block.Builder, x *esql.Completion, prompt string) {
	ask := r.p.opts.Answer
	if r.Answer != nil {
		ask = r.Answer
	}
	if answer, ok := ask(prompt); ok {
		w.String(answer)
		return
	}
	r.Fail(&Error{Span: x.Span(), NotRun: true, Message: "COMPLETION asks a model, and no answer is given to the prompt `" + shortened(prompt) + "`"})
}

// maxPrompt is how much of a prompt a message shows, in characters.
const maxPrompt = 80

func shortened(prompt string) string {
	text := strings.Join(strings.Fields(prompt), " ")
	if r := []rune(text); len(r) > maxPrompt {
		return string(r[:maxPrompt]) + "…"
	}
	return text
}
