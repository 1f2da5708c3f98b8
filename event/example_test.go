package event_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rulevet/rulevet/event"
)

func ExampleReader() {
	const hits = `{"hits": {"hits": [
		{"_index": "logs-a", "_id": "1", "_source": {"user": {"name": "ida"}}},
		{"_index": "logs-a", "_id": "2", "_source": {"user.name": ["olu", "ben"]}}
	]}}`
	reader, err := event.NewReader("hits.json", strings.NewReader(hits))
	if err != nil {
		panic(err)
	}
	defer reader.Close()
	layout := new(event.Layout)
	user := layout.Add("user.name")
	decoder := event.NewDecoder(layout)
	var record event.Record
	for {
		doc, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			panic(err)
		}
		if err := decoder.Decode(doc.Source, &record); err != nil {
			panic(err)
		}
		for _, v := range record.Slots[user] {
			fmt.Println(doc.IndexName, doc.ID, v.Text)
		}
	}
	// Output:
	// logs-a 1 ida
	// logs-a 2 olu
	// logs-a 2 ben
}
