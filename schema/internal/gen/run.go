//go:build ignore

package main

import "github.com/rulevet/rulevet/schema/internal/gen"

func main() { gen.Main() }
