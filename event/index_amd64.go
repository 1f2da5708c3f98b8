//go:build !purego

package event

import "golang.org/x/sys/cpu"

// wide reports that the processor has what indexAVX2 needs.
var wide = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ

func indexBlocks(buf []byte, out []block, c *carry) {
	if n := len(buf) / 64; wide && n > 0 {
		indexAVX2(&buf[0], n, &out[0], c)
		return
	}
	indexPortable(buf, out, c)
}

// indexAVX2 is indexPortable for n > 0 blocks, 32 bytes at a time.
//
//go:noescape
func indexAVX2(buf *byte, n int, out *block, c *carry)
