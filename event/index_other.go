//go:build !amd64 || purego

package event

func indexBlocks(buf []byte, out []block, c *carry) { indexPortable(buf, out, c) }
