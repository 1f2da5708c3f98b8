#!/usr/bin/env bash
# bleve v2.6.3, query string: NOT, AND and OR are words to be searched, and the clause behind NOT is asked for.
#
# The language has Lucene's + and -, field names, ranges, wildcards and fuzzy terms, so a filter copied from Lucene parses without an error. The
# three operators are terms of their own and every clause is optional: "NOT user:root" finds root and nobody else, and AND
# finds what fulfils one side.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/blevesearch/bleve/v2 v2.6.3
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"sort"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
)

func main() {
	mapping := bleve.NewIndexMapping()
	mapping.DefaultAnalyzer = keyword.Name
	index, err := bleve.NewMemOnly(mapping)
	if err != nil {
		panic(err)
	}
	for id, user := range map[string]string{"1": "root", "2": "guest", "3": "backup"} {
		if err := index.Index(id, map[string]any{"user": user, "port": 22}); err != nil {
			panic(err)
		}
	}
	for _, query := range []string{"user:root", "NOT user:root", "-user:root", "user:root AND port:80", "+user:root +port:80"} {
		result, err := index.Search(bleve.NewSearchRequest(bleve.NewQueryStringQuery(query)))
		if err != nil {
			panic(err)
		}
		found := []string{}
		for _, hit := range result.Hits {
			found = append(found, hit.ID)
		}
		sort.Strings(found)
		fmt.Println(query, found)
	}
}
EOF
go mod tidy >/dev/null 2>&1
got=$(go run .)
want=$(
	cat <<'EOF'
user:root [1]
NOT user:root [1]
-user:root [2 3]
user:root AND port:80 [1]
+user:root +port:80 []
EOF
)
printf 'bleve v2.6.3, root (1), guest (2) and backup (3) on port 22:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
