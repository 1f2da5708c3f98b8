package eqlfunc

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Block is an address block. All addresses are 128 bit; IPv4 is mapped (::ffff:0:0/96), so ::/0 holds every address.
type Block struct {
	addr [16]byte
	bits int
}

// ParseIP reads an IPv4 or IPv6 address as Elasticsearch does: a zone is dropped, and the groups of an IPv6 address may have
// any number of leading zeros.
func ParseIP(s string) ([16]byte, bool) {
	a, ok := parseAddr(s)
	return a.As16(), ok
}

func parseAddr(s string) (netip.Addr, bool) {
	text, zone, zoned := strings.Cut(s, "%")
	if zoned && zone == "" {
		return netip.IPv6Unspecified(), false
	}
	a, err := netip.ParseAddr(text)
	if err != nil && strings.Contains(text, ":") {
		a, err = netip.ParseAddr(shortGroups(text))
	}
	if err != nil {
		return netip.IPv6Unspecified(), false
	}
	return a, true
}

// shortGroups takes the leading zeros from groups of more than four digits.
func shortGroups(s string) string {
	groups := strings.Split(s, ":")
	for i, g := range groups {
		for len(g) > 4 && g[0] == '0' && !strings.Contains(g, ".") {
			g = g[1:]
		}
		groups[i] = g
	}
	return strings.Join(groups, ":")
}

// ParseBlock reads "10.0.0.0/8", "2001:db8::/32" or a single address. Host bits may be set; a block of an IPv4 address that
// is written as an IPv6 one is refused, because nobody knows which length was meant.
func ParseBlock(s string) (Block, error) {
	text, suffix, isBlock := strings.Cut(s, "/")
	a, ok := parseAddr(text)
	if !ok {
		return Block{}, fmt.Errorf("%q is no address or address block", s)
	}
	b := Block{addr: a.As16(), bits: 128}
	if !isBlock {
		return b, nil
	}
	if a.Is4In6() {
		return Block{}, fmt.Errorf("%q is a block of an IPv4 address in the form of IPv6, which Elasticsearch refuses", s)
	}
	n, err := strconv.Atoi(strings.TrimRight(suffix, "/")) // with a sign and leading zeros, as in Java
	if err != nil || n < 0 || n > a.BitLen() {
		return Block{}, fmt.Errorf("%q has no valid prefix length", s)
	}
	b.bits = 128 - a.BitLen() + n
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
