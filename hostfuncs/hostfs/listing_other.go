//go:build !linux

package hostfs

// List implements [Directory].
func (d *directory) List() Listing { return &snapshot{list: d.list, ino: inodeOf} }
