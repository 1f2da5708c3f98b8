package lint

func indexChecks() []*Check { return nil }
