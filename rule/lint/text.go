package lint

import "github.com/rulevet/rulevet/rule"

// quote shows the user's text in a message.
func quote(s string) string { return rule.Quote(s) }
