package wasmedge

import "fmt"

// The version of WasmEdge that the runtime behaves as.
const major, minor, patch = 0, 17, 1

// GetVersion is the version of WasmEdge whose behaviour the runtime has: 0.17.1.
func GetVersion() string { return fmt.Sprintf("%d.%d.%d", major, minor, patch) }

// GetVersionMajor is the first number of [GetVersion].
func GetVersionMajor() uint { return major }

// GetVersionMinor is the second number of [GetVersion].
func GetVersionMinor() uint { return minor }

// GetVersionPatch is the third number of [GetVersion].
func GetVersionPatch() uint { return patch }
