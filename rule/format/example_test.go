package format_test

import (
	"fmt"

	"github.com/rulevet/rulevet/rule/format"
)

func ExampleFormat() {
	text, err := format.Format([]byte("[rule]\n  name=\"Relay Started\"   \n\n\n  tags = [ \"a\",\"b\" ]\n"), format.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Print(string(text))
	// Output:
	// [rule]
	// name = "Relay Started"
	//
	// tags = [ "a","b" ]
}
