package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// maxMessage is the largest message that is read, in bytes: an editor that sends more is broken.
const maxMessage = 64 << 20

// maxHeader is the longest line of a message's header.
const maxHeader = 4 << 10

// stream reads and writes messages with the protocol's header. jsonrpc2's own codec accepts one spelling of the header and
// any length, and a blank behind the JSON puts it out of step.
type stream struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out io.Writer
}

func newStream(in io.Reader, out io.Writer) *stream {
	return &stream{in: bufio.NewReaderSize(in, 64<<10), out: out}
}

// WriteObject implements jsonrpc2.ObjectStream.
func (s *stream) WriteObject(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.out.Write(append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(data)), data...))
	return err
}

// ReadObject implements jsonrpc2.ObjectStream.
func (s *stream) ReadObject(v any) error {
	size, err := s.header()
	if err != nil {
		return err
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(s.in, data); err != nil {
		return fmt.Errorf("message of %d bytes: %w", size, err)
	}
	return json.Unmarshal(data, v)
}

// header reads lines up to an empty one and returns the length they give.
func (s *stream) header() (int, error) {
	size := -1
	for {
		line, err := s.line()
		if err != nil {
			return 0, err
		}
		if line == "" && size >= 0 {
			return size, nil
		}
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "content-length") {
			if line == "" {
				return 0, errors.New("a message without Content-Length")
			}
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n > maxMessage {
			return 0, fmt.Errorf("Content-Length %q: expected a number up to %d", strings.TrimSpace(value), maxMessage)
		}
		size = n
	}
}

func (s *stream) line() (string, error) {
	var line []byte
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			if err == io.EOF && len(line) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		if c == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if line = append(line, c); len(line) > maxHeader {
			return "", errors.New("a header line without end: this is no language client")
		}
	}
}

// Close implements jsonrpc2.ObjectStream. The streams belong to the caller.
func (s *stream) Close() error { return nil }
