package mitre_test

import (
	"fmt"

	"github.com/rulevet/rulevet/mitre"
)

func ExampleLoad() {
	catalog, err := mitre.Load(mitre.ATTACK, "19")
	if err != nil {
		panic(err)
	}
	t := catalog.Technique("T1059.001")
	fmt.Println(catalog.Version, t.Name, t.Tactics[0].Name)
	fmt.Println(catalog.Technique("T9999") == nil)
	// Output:
	// 19.1 PowerShell Execution
	// true
}

func ExampleCatalog_Replacement() {
	catalog, err := mitre.Load(mitre.ATTACK, "19")
	if err != nil {
		panic(err)
	}
	fmt.Println(catalog.Technique("T1086").Status, catalog.Replacement("T1086").Live.ID)
	// Output:
	// revoked T1059.001
}

func ExampleReleases() {
	for _, p := range mitre.Releases().Names("TA0005") {
		fmt.Println(p.Value, p.Since, p.Until)
	}
	// Output:
	// Defense Evasion 3.0 18.1
	// Stealth 19.0
}
