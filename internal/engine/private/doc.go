// Package private reaches into what wazero does not export. No other package does:
// unexported fields and variables, the layout of compiled code and of its stack,
// texts that stand for errors, sections that change what is recorded.
//
// [Contract] says whether the engine is the one that this package was written for.
// What could make a guest run other code than its own, or read what is not there,
// is for callers that have asked it: [CacheWith], [Generic], [CodeOf], [CallOf].
// The rest looks at types and values before it relies on them, and else does
// nothing.
//
// The tests of this package hold every reach against a real compiled module, and
// are never skipped. docs/ENGINE.md says how to move to another version.
package private
