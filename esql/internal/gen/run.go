//go:build ignore

package main

import "github.com/rulevet/rulevet/esql/internal/gen"

func main() { gen.Main() }
