// Command oracle compares what EQL conditions match here with what a real Elasticsearch matches: it makes random conditions
// over fields of every type, or takes those of rules, translates each to the Query DSL that Elasticsearch documents for
// it, and runs both over the same documents.
//
//	go run . -oracle ../../../shared/oracle/elasticsearch -n 100000 -seed 1
//	go run . -oracle ../../../shared/oracle/elasticsearch -rules ../../../shared/corpus
//
// The oracle is a program that reads JSON lines, an index with its documents and then queries, and answers each query
// with the ids it matches or an error. What differs is printed; the exit code is 1 if anything does that is not listed
// as deliberate.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

func main() {
	folder := flag.String("oracle", "../../../shared/oracle/elasticsearch", "folder of the oracle, with its program run")
	n := flag.Int("n", 10_000, "random conditions")
	seed := flag.Uint64("seed", 1, "seed of the conditions")
	rules := flag.String("rules", "", "folder of rules to compare in place of random conditions")
	show := flag.Int("show", 50, "differences to print")
	flag.Parse()
	cases, err := makeCases(*rules, *n, rand.New(rand.NewPCG(*seed, 0)))
	if err == nil {
		err = compare(filepath.Join(*folder, "run"), cases, *show)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

// batch is an index with its documents, and conditions to run over them.
type batch struct {
	name       string
	mapping    map[string]any
	docs       []map[string]any
	conditions []string
}

func makeCases(rules string, n int, r *rand.Rand) ([]batch, error) {
	if rules != "" {
		return ruleBatches(os.DirFS(rules), r)
	}
	return []batch{leafBatch(n, r)}, nil
}

// answer is what a side says of a condition: ids of documents, or an error.
type answer struct {
	ids []int
	err string
}

func (a answer) String() string {
	if a.err != "" {
		return "error: " + a.err
	}
	return fmt.Sprint(a.ids)
}

// compare runs all batches on both sides and prints the counts.
func compare(run string, batches []batch, show int) error {
	var input bytes.Buffer
	enc := json.NewEncoder(&input)
	enc.SetEscapeHTML(false)
	type asked struct {
		batch     int
		condition string
	}
	var questions []asked
	skipped := 0
	for i, b := range batches {
		docs := map[string]any{}
		for k, d := range b.docs {
			docs[strconv.Itoa(k)] = d
		}
		if err := enc.Encode(map[string]any{"index": b.name, "mapping": b.mapping, "docs": docs}); err != nil {
			return err
		}
		for _, c := range b.conditions {
			dsl, ok := translate(c)
			if !ok {
				skipped++
				continue
			}
			if err := enc.Encode(map[string]any{"id": strconv.Itoa(len(questions)), "index": b.name, "dsl": dsl}); err != nil {
				return err
			}
			questions = append(questions, asked{i, c})
		}
	}
	theirs, err := ask(run, &input, len(questions))
	if err != nil {
		return err
	}
	var same, both, deliberate, different int
	for i, q := range questions {
		ours, theirs := local(&batches[q.batch], q.condition), theirs[i]
		switch {
		case ours.err != "" && theirs.err != "":
			both++
		case ours.err == "" && theirs.err == "" && slices.Equal(ours.ids, theirs.ids):
			same++
		case chosen(q.condition, ours):
			deliberate++
		default:
			if different++; different <= show {
				fmt.Printf("%s: any where %s\n  Elasticsearch %v\n  here          %v\n", batches[q.batch].name, q.condition, theirs, ours)
			}
		}
	}
	fmt.Printf("%d conditions: %d same, %d refused by both, %d deliberate, %d different; %d without a translation\n",
		len(questions), same, both, deliberate, different, skipped)
	if different > 0 {
		return fmt.Errorf("%d differences", different)
	}
	return nil
}

// ask runs the oracle over the questions.
func ask(run string, input io.Reader, n int) ([]answer, error) {
	cmd := exec.Command(run)
	cmd.Stdin, cmd.Stderr = input, os.Stderr
	for _, v := range os.Environ() {
		if len(v) < 7 || v[:7] != "TMPDIR=" { // its build is shared in the default one
			cmd.Env = append(cmd.Env, v)
		}
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	answers := make([]answer, n)
	seen := 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var a struct {
			ID    *string
			IDs   []string
			Error *struct{ Type, Reason string }
			Index string
		}
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil || a.ID == nil {
			return nil, fmt.Errorf("the oracle says %.300s", lines.Text())
		}
		i, err := strconv.Atoi(*a.ID)
		if err != nil || i < 0 || i >= n {
			return nil, fmt.Errorf("the oracle answers %.100s, which was not asked", lines.Text())
		}
		seen++
		if a.Error != nil {
			answers[i].err = a.Error.Type + ": " + a.Error.Reason
			continue
		}
		for _, id := range a.IDs {
			k, err := strconv.Atoi(id)
			if err != nil {
				return nil, err
			}
			answers[i].ids = append(answers[i].ids, k)
		}
		slices.Sort(answers[i].ids)
	}
	if err := cmd.Wait(); err != nil {
		return nil, err
	}
	if seen != n {
		return nil, fmt.Errorf("the oracle answers %d of %d questions", seen, n)
	}
	return answers, lines.Err()
}
