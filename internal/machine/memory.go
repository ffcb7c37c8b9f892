// Package machine says what the machine that this process runs on has to give.
package machine

import "sync"

// Memory is how many bytes of memory the process may use in the best case: what the
// machine has, or less where the process is confined to less (control groups), when it
// was first asked. It is 0 where that is not known.
func Memory() uint64 { return atFirst() }

var atFirst = sync.OnceValue(memory)

// Resident is how many bytes of memory the process takes at the moment. It is 0 where
// that is not known.
func Resident() uint64 { return resident() }
