package lsp

import (
	"path/filepath"
	"sync"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/schema"
)

// repository is a Repository with what the server keeps of it between changes of a text.
type repository struct {
	*Repository
	linter  *lint.Linter
	catalog *schema.Catalog
	others  func() []lint.Source // the files of the repository, parsed once
}

// repositories finds and remembers them.
type repositories struct {
	opts *Options

	mu     sync.Mutex
	byRoot map[string]*repository
	byDir  map[string]*repository // folder of a file -> its repository
}

func newRepositories(opts *Options) *repositories {
	r := &repositories{opts: opts}
	r.forget()
	return r
}

// forget drops what was read from disk.
func (r *repositories) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byRoot, r.byDir = map[string]*repository{}, map[string]*repository{}
}

// of returns the repository of a file.
func (r *repositories) of(path string) (*repository, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	dir := filepath.Dir(path)
	if repo := r.byDir[dir]; repo != nil {
		return repo, nil
	}
	found := &Repository{Root: dir}
	if r.opts.Open != nil {
		var err error
		if found, err = r.opts.Open(path); err != nil {
			return nil, err
		}
	}
	repo := r.byRoot[found.Root]
	if repo == nil {
		var err error
		if repo, err = r.make(found); err != nil {
			return nil, err
		}
		r.byRoot[found.Root] = repo
	}
	r.byDir[dir] = repo
	return repo, nil
}

func (r *repositories) make(found *Repository) (*repository, error) {
	if found.RepoPath == nil {
		found.RepoPath = filepath.ToSlash
	}
	linter, err := lint.New(lint.Options{Config: found.Config, Checks: r.opts.Checks, Now: r.opts.Now})
	if err != nil {
		return nil, err
	}
	var schemas []string
	if found.Config != nil {
		schemas = found.Config.Schemas
	}
	catalog, err := lint.LoadCatalog(schemas)
	if err != nil {
		return nil, err
	}
	repo := &repository{Repository: found, linter: linter, catalog: catalog}
	repo.others = sync.OnceValue(repo.readOthers)
	return repo, nil
}

// readOthers reads the files of the repository. What cannot be read is reported when it is opened or linted itself.
func (r *repository) readOthers() []lint.Source {
	var out []lint.Source
	for _, path := range r.Files {
		src, err := fileio.Read(path, fileio.MaxRule)
		if err != nil {
			continue
		}
		parsed, _ := rule.Parse(filepath.ToSlash(path), src)
		out = append(out, lint.Source{Path: filepath.ToSlash(path), Src: src, RepoPath: r.RepoPath(path), File: parsed})
	}
	return out
}

// source is a document as the linter takes it.
func (r *repository) source(d *document) lint.Source {
	return lint.Source{Path: filepath.ToSlash(d.path), Src: d.text.src, RepoPath: r.RepoPath(d.path)}
}

// othersThan are the files of the repository but one.
func (r *repository) othersThan(path string) []lint.Source {
	all := r.others()
	out := make([]lint.Source, 0, len(all))
	for _, s := range all {
		if s.Path != filepath.ToSlash(path) {
			out = append(out, s)
		}
	}
	return out
}

// view is what the catalog knows of the fields that a rule sees, on the newest stack.
func (r *repository) view(indexes, packages []string) *schema.View {
	return r.catalog.View(schema.Request{Indexes: indexes, Packages: packages}, "")
}
