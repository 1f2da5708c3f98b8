//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

func otherFunction(name string) builder {
	switch name {
	case "cidr_match":
		return cidrMatch
	case "ip_prefix":
		return ipPrefix
	case "network_direction", "netdir":
		return networkDirection
	case "st_x", "st_y":
		return func(r *resolver) (Func, error) {
			// 9.5 gives constants in the precision of an index
			index := r.args[0].Const != nil && r.typ(0) == block.GeoPoint && !r.V8
			return Func{Type: block.Double, Kernel: each(block.Double, func(_ *Call, p string) (float64, error) {
				v, y := block.PointXY(p)
				scale := 180.0
				if name == "st_y" {
					v, scale = y, 90
				}
				if index {
					v = indexPrecision(v, scale)
				}
				return v, nil
			})}, nil
		}
	case "st_distance":
		return stDistance
	}
	return nil
}

// indexPrecision is a longitude or latitude, which end at most degrees, as an index keeps it.
func indexPrecision(v, most float64) float64 {
	step := 2 * most / (1 << 32)
	return math.Min(math.Floor(v/step), 1<<31-1) * step
}

// parseCIDR reads an address or a block of addresses.
func parseCIDR(s string) (netip.Prefix, error) {
	addr, size, ranged := strings.Cut(s, "/")
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("'%s' is not an IP string literal.", addr)
	}
	a = a.Unmap()
	n := a.BitLen()
	if ranged {
		if n, err = strconv.Atoi(size); err != nil || n < 0 || n > a.BitLen() {
			return netip.Prefix{}, fmt.Errorf("Illegal prefix length [%s] in [%s]. Must be 0-32 for IPv4 ranges, 0-128 for IPv6 ranges", size, s)
		}
	}
	p, err := a.Prefix(n)
	return p, err
}

func inPrefix(p netip.Prefix, ip string) bool {
	a := netip.AddrFrom16([16]byte([]byte(ip)))
	if p.Addr().Is4() {
		return a.Is4In6() && p.Contains(a.Unmap())
	}
	if u := a.Unmap(); u.Is4() { // an address of version 4 within ::/0 and the like
		low := p.Addr().As16()
		bits := p.Bits()
		full := a.As16()
		for i := 0; i < bits; i++ {
			if (low[i/8]^full[i/8])>>(7-i%8)&1 != 0 {
				return false
			}
		}
		return true
	}
	return p.Contains(a)
}

func cidrMatch(r *resolver) (Func, error) {
	want := keywords(len(r.args))
	want[0] = block.IP
	var prefixes []netip.Prefix
	var bad error
	for i := range r.args[1:] {
		a := &r.args[i+1]
		if a.Const == nil {
			prefixes = nil
			break
		}
		first, n := a.Const.Range(0)
		for s := first; s < first+n; s++ {
			p, err := parseCIDR(a.Const.S[s])
			if err != nil && bad == nil {
				bad = &FatalError{err}
			}
			prefixes = append(prefixes, p)
		}
	}
	fixed := len(prefixes) > 0
	return Func{Type: block.Boolean, Want: want, Kernel: fRows(block.Boolean, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		if bad != nil {
			return bad
		}
		s, ok := c.one(args[0], i)
		if !ok {
			return nil
		}
		ip := args[0].S[s]
		if fixed {
			for _, p := range prefixes {
				if inPrefix(p, ip) {
					w.Long(1)
					return nil
				}
			}
			w.Long(0)
			return nil
		}
		found := false
		for _, a := range args[1:] {
			s, ok := c.one(a, i)
			if !ok {
				return nil
			}
			p, err := parseCIDR(a.S[s])
			if err != nil {
				return &FatalError{err}
			}
			found = found || inPrefix(p, ip)
		}
		w.Long(block.Bool(found))
		return nil
	})}, nil
}

func ipPrefix(*resolver) (Func, error) {
	return Func{Type: block.IP, Want: []block.Type{block.IP, block.Integer, block.Integer}, Kernel: f3(block.IP, func(_ *Call, ip string, v4, v6 int64) (string, error) {
		switch {
		case v4 < 0 || v4 > 32:
			return "", fmt.Errorf("Prefix length v4 must be in range [0, 32], found %d", v4)
		case v6 < 0 || v6 > 128:
			return "", fmt.Errorf("Prefix length v6 must be in range [0, 128], found %d", v6)
		}
		a := netip.AddrFrom16([16]byte([]byte(ip)))
		bits := int(v6)
		if u := a.Unmap(); u.Is4() {
			a, bits = u, int(v4)
		}
		p, err := a.Prefix(bits)
		if err != nil {
			return "", err
		}
		out := p.Addr().As16()
		return string(out[:]), nil
	})}, nil
}

// inNetwork tells whether an address is in a named network or a block of addresses.
func inNetwork(ip, network string) (bool, error) {
	a := netip.AddrFrom16([16]byte([]byte(ip))).Unmap()
	switch network {
	case "loopback":
		return a.IsLoopback(), nil
	case "global_unicast", "unicast":
		return a.IsGlobalUnicast(), nil
	case "multicast":
		return a.IsMulticast(), nil
	case "interface_local_multicast":
		return a.IsInterfaceLocalMulticast(), nil
	case "link_local_multicast":
		return a.IsLinkLocalMulticast(), nil
	case "link_local_unicast":
		return a.IsLinkLocalUnicast(), nil
	case "private":
		return a.IsPrivate(), nil
	case "public":
		return !(a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast() || a.IsMulticast()), nil
	case "unspecified":
		return a.IsUnspecified(), nil
	}
	p, err := parseCIDR(network)
	if err != nil {
		return false, fmt.Errorf("'%s' is not a named network or CIDR block", network)
	}
	return inPrefix(p, ip), nil
}

func networkDirection(*resolver) (Func, error) {
	return Func{Type: block.Keyword, Want: []block.Type{block.IP, block.IP, block.Keyword}, Kernel: fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		s, ok := c.one(args[0], i)
		d, ok := c.pair(args[1], i, ok)
		first, n := args[2].Range(i)
		if !ok || n == 0 {
			return nil
		}
		var inside [2]bool
		for k, ip := range []string{args[0].S[s], args[1].S[d]} {
			for _, network := range args[2].S[first : first+n] {
				in, err := inNetwork(ip, network)
				if err != nil {
					return err
				}
				inside[k] = inside[k] || in
			}
		}
		w.String(map[[2]bool]string{{true, true}: "internal", {true, false}: "outbound", {false, true}: "inbound", {false, false}: "external"}[inside])
		return nil
	})}, nil
}

// stDistance is the distance of two points on the earth in metres, of others in the plane.
func stDistance(r *resolver) (Func, error) {
	t := r.typ(0)
	return Func{Type: block.Double, Kernel: fRows(block.Double, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
		a, n := args[0].Range(i)
		b, k := args[1].Range(i)
		if n == 0 || k == 0 {
			return nil
		}
		best := math.Inf(1)
		for x := a; x < a+n; x++ {
			for y := b; y < b+k; y++ {
				best = math.Min(best, distance(t, args[0].S[x], args[1].S[y]))
			}
		}
		w.Double(best)
		return nil
	})}, nil
}

func distance(t block.Type, p, q string) float64 {
	x1, y1 := block.PointXY(p)
	x2, y2 := block.PointXY(q)
	if t == block.CartesianPoint {
		dx, dy := float64(float32(x1))-float64(float32(x2)), float64(float32(y1))-float64(float32(y2)) // an index keeps floats
		return math.Sqrt(float64(dx*dx) + float64(dy*dy))
	}
	// as Lucene: points in the precision of an index
	return haversine(indexPrecision(x1, 180), indexPrecision(y1, 90), indexPrecision(x2, 180), indexPrecision(y2, 90))
}

// InBlock tells whether the 16 bytes of an address are in a block of addresses, written as a text.
func InBlock(ip, text string) bool {
	p, err := parseCIDR(text)
	return err == nil && len(ip) == 16 && inPrefix(p, ip)
}
