// Package ruletest runs rules against event fixtures: from go test, and behind "rulevet test".
package ruletest
