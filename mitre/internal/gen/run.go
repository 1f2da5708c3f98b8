//go:build ignore

package main

import "github.com/rulevet/rulevet/mitre/internal/gen"

func main() { gen.Main() }
