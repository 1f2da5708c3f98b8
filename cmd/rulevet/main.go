// Command rulevet lints detection rules and tests them on events. See "rulevet help".
package main

import "os"

func main() {
	c := &Command{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Getenv}
	os.Exit(c.Main(os.Args[1:]))
}
