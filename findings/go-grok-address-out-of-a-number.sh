#!/usr/bin/env bash
# elastic/go-grok v0.3.1 and elasticsearch-grok 8.19.21: %{IP} finds an address within a longer number in one and nothing in the other.
#
# Elasticsearch's pattern for IPv4 looks around itself and wants no digit before or behind. Go's regular expressions have no look-around, so the
# library's pattern goes without: out of 999.1.2.3 it takes 99.1.2.3, and the version 10.4.22.1337 gives the address 10.4.22.133. An event that
# Elasticsearch marks as not parsed comes out with an address that nobody had, and rules on networks see it.
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
        show("%{IP:source.ip}", "999.1.2.3");
        show("%{IPV4:source.ip}", "version 10.4.22.1337");
        show("%{IP:source.ip}", "192.0.2.1");
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
		{"%{IP:source.ip}", "999.1.2.3"},
		{"%{IPV4:source.ip}", "version 10.4.22.1337"},
		{"%{IP:source.ip}", "192.0.2.1"},
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
%{IP:source.ip} | 999.1.2.3 -> null
%{IPV4:source.ip} | version 10.4.22.1337 -> null
%{IP:source.ip} | 192.0.2.1 -> {source.ip=192.0.2.1}
go-grok %{IP:source.ip} | 999.1.2.3 -> map[source.ip:99.1.2.3] <nil>
go-grok %{IPV4:source.ip} | version 10.4.22.1337 -> map[source.ip:10.4.22.133] <nil>
go-grok %{IP:source.ip} | 192.0.2.1 -> map[source.ip:192.0.2.1] <nil>
EOF
)
printf 'elasticsearch-grok 8.19.21 and go-grok v0.3.1, addresses:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
