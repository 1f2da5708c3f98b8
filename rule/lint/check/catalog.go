package check

import (
	"sync"

	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// What the indexes of a rule are to the field catalog.

// fieldShared keeps the catalog of a run.
type fieldShared struct {
	once    sync.Once
	catalog *schema.Catalog
	err     error

	stacks   sync.Once
	versions []string // of the configuration, oldest first
}

// FieldCatalog opens the catalog with the overlays of the configuration.
func (s *Shared) FieldCatalog() (*schema.Catalog, error) {
	s.fields.once.Do(func() {
		if s.fields.catalog, s.fields.err = schema.New(); s.fields.err == nil {
			s.fields.catalog = s.fields.catalog.With(s.Overlays...)
		}
	})
	return s.fields.catalog, s.fields.err
}

// compilerShared keeps the compiler of a run, which remembers the fields of indexes.
type compilerShared struct {
	once     sync.Once
	compiler *compile.Compiler
	err      error
}

// Compiler compiles rules with the field catalog of the configuration.
func (s *Shared) Compiler() (*compile.Compiler, error) {
	s.compiler.once.Do(func() {
		catalog, err := s.FieldCatalog()
		s.compiler.compiler, s.compiler.err = &compile.Compiler{Catalog: catalog}, err
	})
	return s.compiler.compiler, s.compiler.err
}

// LoadCatalog lays files over the embedded field catalog, as Config.Schemas names them.
func LoadCatalog(schemas []string) (*schema.Catalog, error) {
	overlays, err := overlay.Load(schemas)
	if err != nil {
		return nil, err
	}
	c, err := schema.New()
	if err != nil {
		return nil, err
	}
	return c.With(overlays...), nil
}

// Views returns one view for each stack of the configuration, oldest first.
func (s *Shared) Views(req schema.Request) ([]*schema.View, error) {
	catalog, err := s.FieldCatalog()
	if err != nil {
		return nil, err
	}
	s.fields.stacks.Do(func() {
		for _, v := range s.Config.StackVersions() {
			s.fields.versions = append(s.fields.versions, v.String())
		}
	})
	return catalog.Views(req, s.fields.versions...), nil
}
