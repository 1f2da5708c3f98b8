#!/usr/bin/env bash
# elastic/go-grok v0.3.1 and elasticsearch-grok 8.19.21: the same pattern makes a 1 true in one and false in the other.
#
# Both are Elastic's, a library for Go and the processor of ingest pipelines, and both know ":boolean". Go's parser of booleans
# takes 1 and t and refuses words; Elasticsearch's processor makes false of everything but the word true. So moving a parser
# from one to the other turns a flag around, and "yes" is false in Elasticsearch without a word. A rule on the flag has no way
# to see it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.elasticsearch</groupId>
      <artifactId>elasticsearch-grok</artifactId>
      <version>8.19.21</version>
    </dependency>
  </dependencies>
</project>
EOF
cat >Run.java <<'EOF'
import java.util.Map;
import org.elasticsearch.grok.Grok;
import org.elasticsearch.grok.GrokBuiltinPatterns;

public class Run {
    static void show(String pattern, String text) {
        Map<String, Object> found = new Grok(GrokBuiltinPatterns.get(true), pattern, warning -> {}).captures(text);
        System.out.println(pattern + " | " + text + " -> " + found);
    }

    public static void main(String[] args) {
        show("%{NUMBER:flag:boolean}", "1");
        show("%{WORD:flag:boolean}", "True");
        show("%{WORD:flag:boolean}", "yes");
    }
}
EOF
cat >go.mod <<'EOF'
module finding

go 1.25

require github.com/elastic/go-grok v0.3.1
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"

	"github.com/elastic/go-grok"
)

func main() {
	for _, c := range [][2]string{
		{"%{NUMBER:flag:boolean}", "1"},
		{"%{WORD:flag:boolean}", "True"},
		{"%{WORD:flag:boolean}", "yes"},
	} {
		g := grok.New()
		if err := g.Compile(c[0], true); err != nil {
			panic(err)
		}
		found, err := g.ParseTypedString(c[1])
		fmt.Println("go-grok", c[0], "|", c[1], "->", found, err)
	}
}
EOF
mvn -q -B -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
got=$(java -cp 'lib/*' Run.java && go run .)
want=$(
	cat <<'EOF'
%{NUMBER:flag:boolean} | 1 -> {flag=false}
%{WORD:flag:boolean} | True -> {flag=true}
%{WORD:flag:boolean} | yes -> {flag=false}
go-grok %{NUMBER:flag:boolean} | 1 -> map[flag:true] <nil>
go-grok %{WORD:flag:boolean} | True -> map[flag:true] <nil>
go-grok %{WORD:flag:boolean} | yes -> map[] strconv.ParseBool: parsing "yes": invalid syntax
EOF
)
printf 'elasticsearch-grok 8.19.21 and go-grok v0.3.1, booleans:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
