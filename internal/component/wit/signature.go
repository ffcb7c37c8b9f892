package wit

import "github.com/wazedge/wazedge/internal/component/types"

// Signature is a function of an interface with its type, in which types that the interface has
// are called by their names.
type Signature struct{ Name, Type string }

// Signatures are those of the functions among the entries of an interface.
func Signatures(list []types.Entry) []Signature {
	w := &world{owners: map[any]owned{}, seen: map[string]bool{}}
	s := w.scope("", "", list)
	out := []Signature{}
	for _, e := range list {
		if e.Func != nil {
			out = append(out, Signature{e.Name, "func" + s.function(e.Func, 0)})
		}
	}
	return out
}
