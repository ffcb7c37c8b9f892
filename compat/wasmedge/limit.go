package wasmedge

import "github.com/wazedge/wazedge/compat"

// Limit are the bounds of a memory, in pages of 64 KiB, or of a table, in elements.
type Limit struct{ limits compat.Limits }

// NewLimit is a Limit without maximum.
func NewLimit(minVal uint) *Limit { return &Limit{compat.Limits{Min: uint64(minVal)}} }

// NewLimitWithMax is a Limit with a maximum.
func NewLimitWithMax(minVal uint, maxVal uint) *Limit {
	return &Limit{compat.Limits{Min: uint64(minVal), Max: uint64(maxVal), HasMax: true}}
}

// NewLimitShared is the Limit of a memory that threads share. As in the SDK it has no
// maximum, so that no memory can be made of it.
func NewLimitShared(minVal uint) *Limit {
	return &Limit{compat.Limits{Min: uint64(minVal), Shared: true}}
}

// NewLimitSharedWithMax is the Limit of a memory that threads share.
func NewLimitSharedWithMax(minVal uint, maxVal uint) *Limit {
	return &Limit{compat.Limits{Min: uint64(minVal), Max: uint64(maxVal), HasMax: true, Shared: true}}
}

// HasMax reports whether there is a maximum.
func (l *Limit) HasMax() bool { return l.limits.HasMax }

// IsShared reports whether threads share the memory.
func (l *Limit) IsShared() bool { return l.limits.Shared }

// GetMin is the minimum.
func (l *Limit) GetMin() uint { return uint(l.limits.Min) }

// GetMax is the maximum; without one, the minimum.
func (l *Limit) GetMax() uint {
	if !l.limits.HasMax {
		return uint(l.limits.Min)
	}
	return uint(l.limits.Max)
}
