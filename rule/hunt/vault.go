package hunt

import (
	"encoding/binary"
	"errors"

	"github.com/rulevet/rulevet/internal/fileio"
)

// vault holds the documents of events that may become part of a result: the latest in memory, older ones in a file without a name.
// Beyond its size the oldest are given up, so that neither grows with the archive.
type vault struct {
	chunk  int      // bytes of a chunk: no document is in two
	recent [][]byte // chunks in memory: number n is at n modulo their number
	disk   int64    // chunks in the file, likewise
	last   int64    // number of the chunk that is filled
	file   *fileio.ScratchFile
	err    error // of the file
}

// Sizes of a vault.
const (
	vaultChunk  = 1 << 20
	vaultRecent = 16   // chunks
	vaultDisk   = 1024 // chunks
)

func newVault(chunk, recent, disk int) *vault {
	return &vault{chunk: chunk, recent: make([][]byte, recent), disk: int64(disk)}
}

// put stores a document, which is no larger than a chunk, and returns where it is.
func (v *vault) put(doc []byte) (at int64) {
	c := &v.recent[v.last%int64(len(v.recent))]
	if len(*c)+len(doc) > v.chunk {
		v.last++
		c = &v.recent[v.last%int64(len(v.recent))]
		v.save(*c)
		*c = (*c)[:0]
	}
	if *c == nil {
		*c = make([]byte, 0, v.chunk)
	}
	at = v.last*int64(v.chunk) + int64(len(*c))
	*c = append(*c, doc...)
	return at
}

// save writes the chunk whose place in memory is needed.
func (v *vault) save(c []byte) {
	number := v.last - int64(len(v.recent))
	if number < 0 || v.err != nil {
		return
	}
	if v.file == nil {
		if v.file, v.err = fileio.Scratch(); v.err != nil {
			return
		}
	}
	_, v.err = v.file.WriteAt(c, number%v.disk*int64(v.chunk))
}

var errGivenUp = errors.New("given up")

// get returns a document. The error tells that it is not there any more.
func (v *vault) get(at int64, size int) ([]byte, error) {
	number, from := at/int64(v.chunk), at%int64(v.chunk)
	switch behind := v.last - number; {
	case behind < int64(len(v.recent)):
		return v.recent[number%int64(len(v.recent))][from : from+int64(size)], nil
	case v.err != nil:
		return nil, v.err
	case behind >= int64(len(v.recent))+v.disk:
		return nil, errGivenUp
	}
	out := make([]byte, size)
	_, err := v.file.ReadAt(out, number%v.disk*int64(v.chunk)+from)
	return out, err
}

func (v *vault) close() {
	if v.file != nil {
		v.file.Close()
	}
}

// note is what a search keeps of an event in the place of its document: where that is, and what is said of a match without it.
type note struct {
	moment moment
	at     int64 // in the vault; -1 if it is too large for a sample
	size   int
	host   string
}

// noteMark begins a note. No document begins with it.
const noteMark = 0

func (n note) append(b []byte) []byte {
	timed := uint64(0)
	if n.moment.ok {
		timed = 1
	}
	b = append(b, noteMark)
	b = binary.AppendUvarint(b, timed)
	for _, x := range []int64{n.moment.at, n.at, int64(n.size)} {
		b = binary.AppendVarint(b, x)
	}
	return append(b, n.host...)
}

// readNote reads a note; ok is false for a document.
func readNote(b []byte) (n note, ok bool) {
	if len(b) == 0 || b[0] != noteMark {
		return n, false
	}
	timed, used := binary.Uvarint(b[1:])
	b = b[1+used:]
	n.moment.ok = timed == 1
	var size int64
	for _, x := range []*int64{&n.moment.at, &n.at, &size} {
		*x, used = binary.Varint(b)
		b = b[used:]
	}
	n.size, n.host = int(size), string(b)
	return n, true
}
