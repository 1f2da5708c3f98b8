#!/usr/bin/env bash
# elasticsearch-grok 8.19.21 (the grok processor of Elasticsearch; 9.5.3 does the same): :float rounds whole numbers to 24 bits.
#
# Of the types of a grok pattern float is the one to try for a number with a point. It is the single precision of Java, so a counter of
# bytes or an epoch second comes out changed, a comparison for equality fails and two values fall together. "double" and
# "long" keep them, and the mapping of the field, even long or double, sees only what grok has left of it.
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
        show("%{NUMBER:bytes:float}", "16777217");
        show("%{NUMBER:bytes:double}", "16777217");
        show("%{NUMBER:bytes:long}", "16777217");
        show("%{NUMBER:at:float}", "1767225600.25");
        show("%{NUMBER:at:double}", "1767225600.25");
    }
}
EOF
mvn -q -B -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1
got=$(java -cp 'lib/*' Run.java)
want=$(
	cat <<'EOF'
%{NUMBER:bytes:float} | 16777217 -> {bytes=1.6777216E7}
%{NUMBER:bytes:double} | 16777217 -> {bytes=1.6777217E7}
%{NUMBER:bytes:long} | 16777217 -> {bytes=16777217}
%{NUMBER:at:float} | 1767225600.25 -> {at=1.7672256E9}
%{NUMBER:at:double} | 1767225600.25 -> {at=1.76722560025E9}
EOF
)
printf 'elasticsearch-grok 8.19.21, numbers:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
