package schema

import "slices"

// ECSValues returns the values that ECS 9.5 allows for event.kind, event.category, event.type and event.outcome, and those that it
// expects in host.os.type; nil for every other field.
func ECSValues(field string) []string {
	switch field {
	case "event.kind":
		return []string{"alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"}
	case "event.category":
		return []string{"api", "authentication", "configuration", "database", "driver", "email", "file", "host", "iam",
			"intrusion_detection", "library", "malware", "network", "package", "process", "registry", "session", "threat",
			"vulnerability", "web"}
	case "event.type":
		return []string{"access", "admin", "allowed", "change", "connection", "creation", "deletion", "denied", "device", "end",
			"error", "group", "indicator", "info", "installation", "protocol", "start", "user"}
	case "event.outcome":
		return []string{"failure", "success", "unknown"}
	case "host.os.type":
		return []string{"android", "ios", "linux", "macos", "unix", "windows"}
	}
	return nil
}

// ExpectedTypes returns the values of event.type that ECS expects in events of a category; nil if it states none.
func ExpectedTypes(category string) []string {
	return expectedTypes()[category]
}

// ExpectedType reports whether ECS expects the type in events of the category, or says nothing about the category.
func ExpectedType(category, typ string) bool {
	list := ExpectedTypes(category)
	return list == nil || slices.Contains(list, typ)
}

func expectedTypes() map[string][]string {
	return map[string][]string{
		"api":                 {"access", "admin", "allowed", "change", "creation", "deletion", "denied", "end", "info", "start", "user"},
		"authentication":      {"start", "end", "info"},
		"configuration":       {"access", "change", "creation", "deletion", "info"},
		"database":            {"access", "change", "info", "error"},
		"driver":              {"change", "end", "info", "start"},
		"email":               {"info"},
		"file":                {"access", "change", "creation", "deletion", "info"},
		"host":                {"access", "change", "end", "info", "start"},
		"iam":                 {"admin", "change", "creation", "deletion", "group", "info", "user"},
		"intrusion_detection": {"allowed", "denied", "info"},
		"library":             {"start"},
		"malware":             {"info"},
		"network":             {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
		"package":             {"access", "change", "deletion", "info", "installation", "start"},
		"process":             {"access", "change", "end", "info", "start"},
		"registry":            {"access", "change", "creation", "deletion"},
		"session":             {"start", "end", "info"},
		"threat":              {"indicator"},
		"vulnerability":       {"info"},
		"web":                 {"access", "error", "info"},
	}
}
