// Package explanation says in plain words what WasmEdge's error codes and the exit statuses
// of the command mean: what has happened, what the usual cause is, and what to do. The
// command `wazedge explain` and the page docs/ERRORS.md are made of its one table.
package explanation
