package eqlfunc

import (
	"fmt"
	"net/netip"
	"strings"
)

// Block is an address block. All addresses are 128 bit; IPv4 is mapped (::ffff:0:0/96), so ::/0 holds every address.
type Block struct {
	addr [16]byte
	bits int
}

// ParseIP reads an IPv4 or IPv6 address without a zone.
func ParseIP(s string) ([16]byte, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return [16]byte{}, false
	}
	return a.As16(), true
}

// ParseBlock reads "10.0.0.0/8", "2001:db8::/32" or a single address. Host bits may be set.
func ParseBlock(s string) (Block, error) {
	text, suffix, isBlock := strings.Cut(s, "/")
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return Block{}, fmt.Errorf("%q is no address or address block", s)
	}
	b := Block{addr: a.As16(), bits: 128}
	if !isBlock {
		return b, nil
	}
	n, err := netip.ParsePrefix("::/" + suffix)
	if err != nil || n.Bits() > a.BitLen() {
		return Block{}, fmt.Errorf("%q has no valid prefix length", s)
	}
	b.bits = 128 - a.BitLen() + n.Bits()
	return b, nil
}

// Network returns the block without the host bits that are set in it, as text; empty if there are none.
func (b Block) Network() string {
	a := netip.AddrFrom16(b.addr)
	bits := b.bits
	if a.Is4In6() && bits >= 96 {
		a, bits = a.Unmap(), bits-96
	}
	p, err := a.Prefix(bits)
	if err != nil || p.Addr() == a {
		return ""
	}
	return p.String()
}

// Contains reports whether the address lies in the block.
func (b Block) Contains(a [16]byte) bool {
	full := b.bits / 8
	for i := 0; i < full; i++ {
		if a[i] != b.addr[i] {
			return false
		}
	}
	rest := b.bits % 8
	return rest == 0 || (a[full]^b.addr[full])>>(8-rest) == 0
}

// Bounds returns the first and the last address of the block.
func (b Block) Bounds() (first, last [16]byte) {
	for i := range first {
		mask := byte(0)
		if rest := b.bits - 8*i; rest >= 8 {
			mask = 0xff
		} else if rest > 0 {
			mask = ^byte(0xff >> rest)
		}
		first[i] = b.addr[i] & mask
		last[i] = first[i] | ^mask
	}
	return first, last
}

func cidrMatch(_ bool, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Value{}, nil
	}
	found := false
	addr, ok := ParseIP(args[0].Text())
	for _, v := range args[1:] {
		if v.IsNull() {
			continue
		}
		b, err := ParseBlock(v.Text())
		if err != nil {
			return Value{}, err
		}
		found = found || ok && b.Contains(addr)
	}
	return OfBool(found), nil
}
