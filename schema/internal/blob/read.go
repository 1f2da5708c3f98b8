package blob

import (
	"encoding/binary"
	"errors"
	"iter"
	"strconv"
	"strings"
)

var errCorrupt = errors.New("field catalog: corrupt data")

// Reader reads an encoded catalog. It is safe for concurrent use.
type Reader struct {
	names, blocks, rows string
	attrs               []string
	tables              []Info
	texts               map[string]string
}

// Info describes a table without decoding it.
type Info struct {
	Name, Version string
	Rows          int
	offset, size  int
}

// Open splits the encoded catalog into its sections. It decodes no table and no name.
func Open(data string) (*Reader, error) {
	if !strings.HasPrefix(data, magic) {
		return nil, errCorrupt
	}
	rest := data[len(magic):]
	var size [sections]int
	for i := range size {
		n, k := uvarint(rest)
		if k == 0 || n > uint64(len(data)) {
			return nil, errCorrupt
		}
		size[i], rest = int(n), rest[k:]
	}
	var part [sections]string
	for i, n := range size {
		if n > len(rest) {
			return nil, errCorrupt
		}
		part[i], rest = rest[:n], rest[n:]
	}
	r := &Reader{names: part[0], blocks: part[1], rows: part[4], attrs: strings.Split(part[2], "\n"), texts: map[string]string{}}
	if err := r.readTables(part[3]); err != nil {
		return nil, err
	}
	return r, r.readTexts(part[5])
}

func (r *Reader) readTables(dir string) error {
	r.tables = make([]Info, 0, strings.Count(dir, "\n"))
	for line := range strings.Lines(dir) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 5)
		if len(f) != 5 {
			return errCorrupt
		}
		info := Info{Name: f[0], Version: f[1]}
		for i, p := range []*int{&info.Rows, &info.offset, &info.size} {
			n, err := strconv.Atoi(f[2+i])
			if err != nil || n < 0 {
				return errCorrupt
			}
			*p = n
		}
		if info.offset > len(r.rows) || info.size > len(r.rows)-info.offset {
			return errCorrupt
		}
		r.tables = append(r.tables, info)
	}
	return nil
}

func (r *Reader) readTexts(s string) error {
	head, body, ok := strings.Cut("\n"+s, "\n\n")
	if !ok {
		return errCorrupt
	}
	for line := range strings.Lines(strings.TrimPrefix(head, "\n")) {
		name, num, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		n, err := strconv.Atoi(num)
		if err != nil || n < 0 || n > len(body) {
			return errCorrupt
		}
		r.texts[name], body = body[:n], body[n:]
	}
	return nil
}

func uvarint(s string) (uint64, int) {
	var x uint64
	for i := 0; i < len(s) && i < binary.MaxVarintLen64; i++ {
		b := s[i]
		x |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return x, i + 1
		}
	}
	return 0, 0
}

// Tables lists the tables, sorted by name.
func (r *Reader) Tables() []Info { return r.tables }

// Text returns the text of that name.
func (r *Reader) Text(name string) string { return r.texts[name] }

// Attr returns type and flags of an attribute number.
func (r *Reader) Attr(n uint16) (typ, flags string) {
	if int(n) >= len(r.attrs) {
		return "", ""
	}
	typ, flags, _ = strings.Cut(r.attrs[n], "\t")
	return typ, flags
}

// Entry is one decoded row: the name's number in the dictionary and the attribute's number.
type Entry struct {
	Name uint32
	Attr uint16
}

// Decode decodes table number i: entries sorted by name.
func (r *Reader) Decode(i int) ([]Entry, error) {
	t := r.tables[i]
	s := r.rows[t.offset : t.offset+t.size]
	out := make([]Entry, 0, min(t.Rows, len(s)))
	var last uint64
	for s != "" {
		d, k := uvarint(s)
		s = s[k:]
		a, l := uvarint(s)
		s = s[l:]
		last += d
		if k == 0 || l == 0 || last > 1<<31 || a >= uint64(len(r.attrs)) {
			return nil, errCorrupt
		}
		out = append(out, Entry{uint32(last), uint16(a)})
	}
	return out, nil
}

// NoName is the number of a name that is not in the dictionary.
const NoName = ^uint32(0)

// Find returns the number of a name, or NoName. It reads one block of the dictionary and allocates nothing.
func (r *Reader) Find(name string) uint32 {
	if len(r.blocks) < 4 {
		return NoName
	}
	return r.findIn(r.blockOf(name), name)
}

// From returns the number of the first name that is not before name; behind the last one, a number that no name has.
func (r *Reader) From(name string) uint32 {
	if len(r.blocks) < 4 {
		return 0
	}
	block := r.blockOf(name)
	at := 0
	for have := range r.inBlock(block) {
		if string(have) >= name {
			break
		}
		at++
	}
	return uint32(block*blockSize + at)
}

// blockOf is the last block whose first name is not behind name, or else the first.
func (r *Reader) blockOf(name string) int {
	lo, hi := 0, len(r.blocks)/4
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if r.head(mid) <= name {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

func (r *Reader) block(i int) string {
	at := func(i int) int {
		if 4*i+4 > len(r.blocks) { // behind the last block, or in a cut one
			return len(r.names)
		}
		b := r.blocks[4*i:]
		return min(len(r.names), int(b[0])|int(b[1])<<8|int(b[2])<<16|int(b[3])<<24)
	}
	from, to := at(i), at(i+1)
	if from > to {
		return ""
	}
	return r.names[from:to]
}

func (r *Reader) head(i int) string {
	s := r.block(i)
	n, k := uvarint(s)
	if n > uint64(len(s)-k) {
		return ""
	}
	return s[k : k+int(n)]
}

// findIn walks a block, keeping how many bytes of name the current entry shares with it: an entry that shares less with
// its predecessor than that is past name, one that shares more is as different from name as its predecessor.
func (r *Reader) findIn(block int, name string) uint32 {
	s := r.block(block)
	first := r.head(block)
	if first == name {
		return uint32(block * blockSize)
	}
	match := sharedPrefix(first, name)
	_, k := uvarint(s)
	s = s[min(len(s), k+len(first)):]
	for i := 1; s != ""; i++ {
		shared, k := uvarint(s)
		n, l := uvarint(s[k:])
		s = s[k+l:]
		if k == 0 || l == 0 || n > uint64(len(s)) {
			return NoName
		}
		rest := s[:n]
		s = s[n:]
		switch {
		case int(shared) < match:
			return NoName
		case int(shared) > match:
			continue
		}
		if rest == name[match:] {
			return uint32(block*blockSize + i)
		}
		match += sharedPrefix(rest, name[match:])
	}
	return NoName
}

// Name returns the name of a number, or "".
func (r *Reader) Name(id uint32) string {
	names := r.appendBlock(nil, int(id/blockSize))
	if i := int(id % blockSize); i < len(names) {
		return names[i]
	}
	return ""
}

// Names decodes the whole dictionary: element i is the name of number i.
func (r *Reader) Names() []string {
	n := len(r.blocks) / 4
	out := make([]string, 0, n*blockSize)
	for i := range n {
		out = r.appendBlock(out, i)
	}
	return out
}

// appendBlock appends the names of a block.
func (r *Reader) appendBlock(out []string, i int) []string {
	for name := range r.inBlock(i) {
		out = append(out, string(name))
	}
	return out
}

// inBlock yields the names of a block; each is valid until the next one. What is damaged ends it.
func (r *Reader) inBlock(i int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if i < 0 || 4*i >= len(r.blocks) {
			return
		}
		s, head := r.block(i), r.head(i)
		var room [96]byte
		last := append(room[:0], head...)
		_, k := uvarint(s)
		for s = s[min(len(s), k+len(head)):]; yield(last) && s != ""; {
			shared, k := uvarint(s)
			n, l := uvarint(s[k:])
			s = s[k+l:]
			if k == 0 || l == 0 || n > uint64(len(s)) || shared > uint64(len(last)) {
				return
			}
			last = append(last[:shared], s[:n]...)
			s = s[n:]
		}
	}
}
