//go:build linux && !cgo && (amd64 || arm64)

package inherit

import _ "unsafe" // for linkname

// entry is code; the runtime calls what its variable _cgo_init points to first
// of all.
//
//go:linkname entry wazedge_inherit_entry
var entry byte

//go:linkname _cgo_init _cgo_init
var _cgo_init = &entry
