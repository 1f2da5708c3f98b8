package lint

// Shared holds what is expensive and common to all files of a run. Its members load on first use and are safe for
// concurrent use.
type Shared struct {
	Config *Config
	fields fieldShared
	attack attackPin
}
