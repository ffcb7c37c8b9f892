#!/bin/sh
# run.sh [subset|all|PACKAGE...]: runs tests of Go's standard library as guests.
# Without arguments all of them; it takes a machine of two cores about an hour.
set -e
cd "$(dirname "$0")/../.."
WAZEDGE_GOSTD="${*:-all}" exec go test -count=1 -v -timeout 6h ./spec-tests/gostd
