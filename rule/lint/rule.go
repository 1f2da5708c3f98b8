package lint

func ruleChecks() []*Check { return nil }
