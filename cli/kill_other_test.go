//go:build !unix

package cli

func killed() {}
