package compat

import "github.com/wazedge/wazedge/internal/prepare"

// ResourceError says that a valid module asks for more than there is.
type ResourceError = prepare.ResourceError

// DefaultTableElements bounds tables that the guest can make grow, each and all of
// them together, where nothing else does.
const DefaultTableElements = prepare.DefaultTableElements
