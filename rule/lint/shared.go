package lint

import "github.com/rulevet/rulevet/schema"

// Shared holds what is expensive and common to all files of a run. Its members load on first use and are safe for
// concurrent use.
type Shared struct {
	Config   *Config
	overlays []*schema.Overlay // of Config.Schemas
	fields   fieldShared
	attack   attackPin
}
