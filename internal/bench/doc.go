// Package bench compares rulevet with other engines on equal work: the same predicate over the same events, with the same
// verdicts, checked before anything is timed. It is a module of its own so that importers never see the peers.
//
//	go test ./...                  all engines agree
//	go test -bench . -benchmem     the benchmarks one by one
//	go run ./report > RESULTS.md   the tables with ratios, allocations and memory
//	go run ./sigma >> RESULTS.md   the same rules in rsigma and in rulevet (needs cargo)
package bench
