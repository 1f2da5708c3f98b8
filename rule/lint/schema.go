package lint

func schemaChecks() []*Check { return nil }
