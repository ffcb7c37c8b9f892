// Package gostd runs tests of Go's standard library as guests, by Go's own way of
// running a test elsewhere: go test -exec with the wrapper that comes with Go,
// which calls a program wasmedge that it finds in PATH.
//
//	WAZEDGE_GOSTD=subset go test ./spec-tests/gostd    ten packages, some minutes
//	WAZEDGE_GOSTD=all go test -timeout 3h ./spec-tests/gostd
//
// What does not pass is listed in exceptions.txt with its reason.
package gostd
