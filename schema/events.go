package schema

import "github.com/rulevet/rulevet/schema/internal/blob"

// Events are the facts about the single events of Elastic Defend.
type Events struct{}

func readEvents(*blob.Reader) *Events { return &Events{} }
