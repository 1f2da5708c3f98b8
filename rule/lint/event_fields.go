package lint

func eventFieldChecks() []*Check { return nil }
