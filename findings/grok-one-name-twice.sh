#!/usr/bin/env bash
# elastic/go-grok v0.3.1 and elasticsearch-grok 8.19.21: a name that stands twice in a pattern is a list in one and the last value in the other.
#
# ECS has fields of several values (related.ip, host.ip), and the usual way to fill one is to give two parts of the pattern its name. Elasticsearch's
# processor makes a list. Elastic's library for Go keeps only the last one without an error, so the first value never reaches
# a rule.
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
        show("%{IP:related.ip} to %{IP:related.ip}", "192.0.2.1 to 192.0.2.2");
        show("%{WORD:a}(,%{WORD:a})?", "x");
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
		{"%{IP:related.ip} to %{IP:related.ip}", "192.0.2.1 to 192.0.2.2"},
		{"%{WORD:a}(,%{WORD:a})?", "x"},
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
%{IP:related.ip} to %{IP:related.ip} | 192.0.2.1 to 192.0.2.2 -> {related.ip=[192.0.2.1, 192.0.2.2]}
%{WORD:a}(,%{WORD:a})? | x -> {a=x}
go-grok %{IP:related.ip} to %{IP:related.ip} | 192.0.2.1 to 192.0.2.2 -> map[related.ip:192.0.2.2] <nil>
go-grok %{WORD:a}(,%{WORD:a})? | x -> map[a:x] <nil>
EOF
)
printf 'elasticsearch-grok 8.19.21 and go-grok v0.3.1, a name twice:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
