package overlay

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/schema"
)

// Load reads field lists as a command line or configuration names them: FILE, DIR, PATTERN=FILE or PATTERN=DIR, where
// PATTERN is an index pattern or several with commas between. A folder stands for the files in it; the folder of an
// integration package (with manifest.yml) for the fields of its data streams, each scoped to its index names.
func Load(specs []string) ([]*schema.Overlay, error) {
	var out []*schema.Overlay
	for _, spec := range specs {
		path, patterns := spec, []string(nil)
		if _, err := os.Stat(spec); err != nil {
			if scope, file, ok := strings.Cut(spec, "="); ok {
				path, patterns = file, strings.Split(scope, ",")
			}
		}
		list, err := load(path, patterns)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func load(path string, patterns []string) ([]*schema.Overlay, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return readFile(path, patterns)
	}
	if _, err := os.Stat(filepath.Join(path, "manifest.yml")); err == nil {
		return loadPackage(path)
	}
	return loadFolder(path, patterns)
}

func readFile(path string, patterns []string) ([]*schema.Overlay, error) {
	data, err := fileio.Read(path, fileio.MaxData)
	if err != nil {
		return nil, err
	}
	return Read(filepath.ToSlash(path), data, patterns)
}

// loadFolder reads the files of a folder, hidden ones and sub-folders aside.
func loadFolder(dir string, patterns []string) ([]*schema.Overlay, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f fs.DirEntry) bool { return f.IsDir() || strings.HasPrefix(f.Name(), ".") })
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no field lists in this folder", dir)
	}
	var out []*schema.Overlay
	for _, f := range files {
		list, err := readFile(filepath.Join(dir, f.Name()), patterns)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// loadPackage reads data_stream/*/fields of a package.
func loadPackage(dir string) ([]*schema.Overlay, error) {
	name, err := manifest(dir, "name")
	if err != nil {
		return nil, err
	}
	streams, err := filepath.Glob(filepath.Join(dir, "data_stream", "*", "fields"))
	if err != nil || len(streams) == 0 {
		return nil, fmt.Errorf("%s: the package has no data_stream/*/fields", dir)
	}
	var out []*schema.Overlay
	for _, fields := range streams {
		pattern, err := streamPattern(name, filepath.Dir(fields))
		if err != nil {
			return nil, err
		}
		list, err := loadFolder(fields, []string{pattern})
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// streamPattern is the index pattern of a data stream: type and data set from its manifest, else logs and
// package.stream.
func streamPattern(pkg, dir string) (string, error) {
	typ, err := manifest(dir, "type")
	if err != nil {
		return "", err
	}
	dataset, err := manifest(dir, "dataset")
	if err != nil {
		return "", err
	}
	if typ == "" {
		typ = "logs"
	}
	if dataset == "" {
		dataset = pkg + "." + filepath.Base(dir)
	}
	return typ + "-" + dataset + "-*", nil
}

// manifest reads a key of the manifest.yml of a folder; "" if there is no such file or key.
func manifest(dir, key string) (string, error) {
	path := filepath.Join(dir, "manifest.yml")
	data, err := fileio.Read(path, fileio.MaxData)
	if os.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	root, err := readYAML(filepath.ToSlash(path), data)
	if err != nil {
		return "", err
	}
	return root.get(key).str(), nil
}
