// Command rulevet lints detection rules and tests them on events. See "rulevet help".
package main

import (
	"os"

	"github.com/rulevet/rulevet/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], cli.Options{})) }
