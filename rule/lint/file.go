package lint

func fileChecks() []*Check { return nil }
