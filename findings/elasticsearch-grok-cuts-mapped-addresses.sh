#!/usr/bin/env bash
# elasticsearch-grok 8.19.21 (the grok processor of Elasticsearch; 9.5.3 does the same): %{IP} cuts an address that ends in dotted decimals.
#
# The pattern for IPv6 tries its forms one after the other, and the first that fits wins. That is the one without a dotted end, so
# ::ffff:203.0.113.9 gives the address ::ffff:203, and one behind a NAT64 prefix stops in the same place. Both are legal addresses,
# the field of type ip takes them, and a network in a rule misses. It happens where nothing follows %{IP} in the pattern; with a blank or "$"
# behind it the match is driven on to the end.
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
        show("%{IP:source.ip}", "::ffff:203.0.113.9");
        show("%{IP:source.ip}", "64:ff9b::192.0.2.33");
        show("from %{IP:source.ip}", "from ::ffff:203.0.113.9 port 22");
        show("from %{IP:source.ip} port", "from ::ffff:203.0.113.9 port 22");
        show("%{IP:source.ip}$", "::ffff:203.0.113.9");
        show("%{IP:source.ip}", "2001:db8::9");
    }
}
EOF
mvn -q -B -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1
got=$(java -cp 'lib/*' Run.java)
want=$(
	cat <<'EOF'
%{IP:source.ip} | ::ffff:203.0.113.9 -> {source.ip=::ffff:203}
%{IP:source.ip} | 64:ff9b::192.0.2.33 -> {source.ip=64:ff9b::192}
from %{IP:source.ip} | from ::ffff:203.0.113.9 port 22 -> {source.ip=::ffff:203}
from %{IP:source.ip} port | from ::ffff:203.0.113.9 port 22 -> {source.ip=::ffff:203.0.113.9}
%{IP:source.ip}$ | ::ffff:203.0.113.9 -> {source.ip=::ffff:203.0.113.9}
%{IP:source.ip} | 2001:db8::9 -> {source.ip=2001:db8::9}
EOF
)
printf 'elasticsearch-grok 8.19.21, addresses:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
