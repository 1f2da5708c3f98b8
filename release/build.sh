#!/bin/sh
# Builds the archives of a release with their checksums: release/build.sh v0.1.0 [FOLDER]
# One static binary for each system, the licence and the notice beside it. The same source gives the same binaries.
set -eu
version=${1:?usage: release/build.sh VERSION [FOLDER]}
out=${2:-dist}
cd "$(dirname "$0")/.."
mkdir -p "$out"
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
	os=${target%/*} arch=${target#*/} exe=rulevet
	[ "$os" = windows ] && exe=rulevet.exe
	name=rulevet_${version#v}_${os}_${arch}
	dir=$(mktemp -d)
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -ldflags "-s -w -buildid=" -o "$dir/$exe" ./cmd/rulevet
	cp LICENSE NOTICE README.md "$dir"
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$dir" -cf - . | gzip -n >"$out/$name.tar.gz"
	rm -r "$dir"
done
(cd "$out" && sha256sum rulevet_*.tar.gz >checksums.txt)
