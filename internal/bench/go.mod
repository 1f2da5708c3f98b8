// Comparison with other engines on equal predicates, apart from the main module so that importers never see the peers.
module github.com/rulevet/rulevet/internal/bench

go 1.25.0

replace github.com/rulevet/rulevet => ../..

require (
	cel.dev/cel-go v0.32.0 // indirect
	github.com/expr-lang/expr v1.17.8 // indirect
)
