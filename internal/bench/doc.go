// Package bench compares rulevet's evaluator with cel-go and expr on one predicate over one event: the same verdicts, checked
// before anything is timed, and the same work (a decoded event, a compiled predicate). Run it with
//
//	go test -bench . -benchmem
package bench
