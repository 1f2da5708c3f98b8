package fileio

import "os"

// Scratch returns a file for what does not fit into memory, in the folder for temporary files. It goes away when it is closed, and where the
// system knows files without a name or in use without one, however the program ends.
func Scratch() (*ScratchFile, error) {
	if f := unnamed(os.TempDir()); f != nil {
		return &ScratchFile{File: f}, nil
	}
	f, err := os.CreateTemp("", "rulevet-*")
	if err != nil {
		return nil, err
	}
	s := &ScratchFile{File: f}
	if os.Remove(f.Name()) != nil { // a system that does not remove what is open
		s.name = f.Name()
	}
	return s, nil
}

// ScratchFile is a file that nobody else sees.
type ScratchFile struct {
	*os.File
	name string // to be removed; empty if it has none
}

// Close closes the file, which is gone then.
func (s *ScratchFile) Close() error {
	err := s.File.Close()
	if s.name != "" {
		if gone := os.Remove(s.name); err == nil {
			err = gone
		}
	}
	return err
}
