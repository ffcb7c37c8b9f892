// Package limits is what bounds and accounts for an execution: gas, counts of
// instructions, deadlines and call depth.
//
// A module meters itself. [Meter] is a pass, module in, module out, that runs
// before any lowering; what it adds follows WasmEdge's interpreter to the digit
// (its counting rule is told at flow). An [Account] is the side of the host: it
// knows the limits, is called by the guest when a counter runs out, and says what
// has been used. A [Locator] says for a place where the guest has trapped how far
// the counter was off there, and which instruction a limit has refused.
//
// # Where a counter is advanced
//
// A counter is a global of the metered module. At each point of a function it may
// differ from the true count, by an amount that is a constant of that point. So
// nothing has to be added on most paths: a spanning tree of the control flow
// graph, the hottest edges first, carries no code, and only the edges that close
// a cycle make up for the difference. At the entry, the exits and the calls of a
// function the difference is zero, so that a trap is exact whoever called.
//
// # Where it is looked at
//
// Every way round a loop comes to a look at the counter. A loop that does little, and
// that advances a local by the same amount each time, looks once in a power of two of
// rounds: when the next few bits of that local are zero, which costs a test of a register.
package limits
