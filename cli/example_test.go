package cli_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/rulevet/rulevet/cli"
)

func ExampleMain() {
	code := cli.Main([]string{"query", "--count", `process where process.name == "relay"`}, cli.Options{
		Stdin:  strings.NewReader(`{"event": {"category": "process"}, "@timestamp": "2026-03-01T10:00:00Z", "process": {"name": "relay"}}`),
		Stdout: os.Stdout,
	})
	fmt.Println("exit code", code)
	// Output:
	// 1
	// exit code 0
}
