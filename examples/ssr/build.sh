#!/bin/sh
# Builds page.js to a component, at $1 (default: page.wasm here), with packages of npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/page.wasm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit @bytecodealliance/componentize-js@0.23.0 @bytecodealliance/jco@1.35.0
mkdir -p wit/deps
cp -R node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12/. wit/deps/
for f in wit/deps/*/*.wit; do # which the packages' engine has in an older version
	sed 's/0\.2\.12/0.2.10/g' "$f" >renamed
	mv renamed "$f"
done
cat >wit/world.wit <<'WIT'
package example:page;

world page {
  export wasi:http/incoming-handler@0.2.10;
}
WIT
cp "$here/page.js" .
node_modules/.bin/componentize-js page.js --wit wit --world-name page -o page.wasm
mv page.wasm "$out"
