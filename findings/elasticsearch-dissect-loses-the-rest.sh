#!/usr/bin/env bash
# elasticsearch-dissect 8.19.21 (the dissect processor of Elasticsearch; 9.5.3 does the same): behind a doubled delimiter the rest is lost.
#
# The last key of a dissect pattern takes all that is left, delimiters included: "%{a} %{b}" gives b="two three" for "one two three". If the
# delimiter before it stands twice, the last key is empty and what follows is in no key at all, without a failure that would
# tag the document. With "->" behind the key before it the delimiters are skipped; a key more in the pattern holds the rest, too.
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
      <artifactId>elasticsearch-dissect</artifactId>
      <version>8.19.21</version>
    </dependency>
  </dependencies>
</project>
EOF
cat >Run.java <<'EOF'
import java.util.TreeMap;
import org.elasticsearch.dissect.DissectParser;

public class Run {
    static void show(String pattern, String text) {
        System.out.println(pattern + " | " + text + " -> " + new TreeMap<>(new DissectParser(pattern, "").parse(text)));
    }

    public static void main(String[] args) {
        show("%{user} %{command}", "root cat /etc/shadow");
        show("%{user} %{command}", "root  cat /etc/shadow");
        show("%{user->} %{command}", "root  cat /etc/shadow");
        show("%{user},%{command}", "root,,cat");
        show("%{user},%{group},%{command}", "root,,cat");
    }
}
EOF
mvn -q -B -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1
got=$(java -cp 'lib/*' Run.java)
want=$(
	cat <<'EOF'
%{user} %{command} | root cat /etc/shadow -> {command=cat /etc/shadow, user=root}
%{user} %{command} | root  cat /etc/shadow -> {command=, user=root}
%{user->} %{command} | root  cat /etc/shadow -> {command=cat /etc/shadow, user=root}
%{user},%{command} | root,,cat -> {command=, user=root}
%{user},%{group},%{command} | root,,cat -> {command=cat, group=, user=root}
EOF
)
printf 'elasticsearch-dissect 8.19.21, doubled delimiters:\n%s\n' "$got"
if [ "$got" != "$want" ]; then
	printf 'the behaviour has changed, expected:\n%s\n' "$want"
	exit 1
fi
