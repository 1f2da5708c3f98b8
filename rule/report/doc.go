// Package report writes findings and test results: text with source lines and carets, JSON, SARIF 2.1.0, GitHub
// annotations, JUnit and Checkstyle. It knows how things look and nothing of why they were found: package lint and
// package ruletest know that. Equal input gives equal bytes.
package report
