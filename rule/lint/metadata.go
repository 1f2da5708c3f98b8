package lint

func metadataChecks() []*Check { return nil }
