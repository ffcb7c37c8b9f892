// Package wit writes the types of components as WIT: the world that a component is made for,
// and the interfaces that it imports and exports, in their packages (WIT.md of the
// specification).
package wit
