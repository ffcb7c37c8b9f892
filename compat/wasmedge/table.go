package wasmedge

import (
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
)

// Table is a table: of an instance, or one of the host's own, which belongs to the guests of
// the first store that it gets to.
type Table struct {
	typ compat.TableType

	mu    sync.Mutex
	in    *world
	guest *compat.Table // nil for one that no guest has
	own   []interface{} // before that
}

// mostElements bounds tables of the host's own.
const mostElements = compat.DefaultTableElements

// NewTable is a table of the host's own, of null references; nil for a type that no table
// can have.
func NewTable(ttype *TableType) *Table {
	if ttype == nil {
		return nil
	}
	l := ttype.typ.Limits
	if l.Min > mostElements || l.HasMax && l.Max < l.Min {
		return nil
	}
	t := &Table{typ: ttype.typ}
	t.extend(int(l.Min))
	return t
}

// extend adds n null references to a table of the host's own.
func (t *Table) extend(n int) {
	var null interface{} = ExternRef{}
	if (&ValType{t.typ.Elem}).IsFuncRef() {
		null = FuncRef{}
	}
	for range n {
		t.own = append(t.own, null)
	}
}

// now is the type of t that begins with its present size.
func (t *Table) now() compat.TableType {
	typ := t.typ
	typ.Limits.Min = uint64(t.GetSize())
	return typ
}

// attach has t be the table of guests of w, with what is in it.
func (t *Table) attach(w *world, guest *compat.Table) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.guest != nil {
		return errElsewhere
	}
	for n, x := range t.own {
		v, err := w.toValue(x)
		if err != nil {
			return err
		}
		if !v.Null && !guest.Set(uint64(n), v) {
			return errElsewhere
		}
	}
	t.in, t.guest, t.own = w, guest, nil
	return nil
}

// GetTableType is the type.
func (t *Table) GetTableType() *TableType { return &TableType{t.typ} }

// GetSize is the present number of elements.
func (t *Table) GetSize() uint {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.size()
}

// size is the present number of elements; 0 when the store is released.
func (t *Table) size() uint {
	switch {
	case t.guest == nil:
		return uint(len(t.own))
	case t.in.closed.Load():
		return 0
	}
	return uint(t.guest.Len())
}

// GetData is the element at off, a [FuncRef] or an [ExternRef]. It fails for tables of modules
// with objects, see the package.
func (t *Table) GetData(off uint) (interface{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if off >= t.size() {
		return nil, failed(fault.New(fault.TableOutOfBounds))
	}
	if t.guest == nil {
		return t.own[off], nil
	}
	v, ok := t.guest.Get(uint64(off))
	if !ok {
		return nil, failed(fault.New(fault.RuntimeError))
	}
	return t.in.fromValue(v), nil
}

// SetData changes the element at off to data, a [FuncRef] or an [ExternRef] as the type says.
func (t *Table) SetData(data interface{}, off uint) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !fits(data, t.typ.Elem):
		return failed(fault.New(fault.RefTypeMismatch))
	case off >= t.size():
		return failed(fault.New(fault.TableOutOfBounds))
	case t.guest == nil:
		t.own[off] = data
		return nil
	}
	v, err := t.in.toValue(data)
	if err != nil {
		return failed(err)
	}
	if !t.guest.Set(uint64(off), v) {
		return failed(fault.New(fault.RuntimeError))
	}
	return nil
}

// Grow adds size null references.
func (t *Table) Grow(size uint) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.grow(uint64(size)) {
		return failed(fault.New(fault.TableOutOfBounds))
	}
	return nil
}

func (t *Table) grow(size uint64) bool {
	if t.guest != nil {
		if t.in.closed.Load() {
			return false
		}
		_, ok := t.guest.Grow(size)
		return ok
	}
	most := uint64(mostElements)
	if t.typ.Limits.HasMax {
		most = min(most, t.typ.Limits.Max)
	}
	if n := uint64(len(t.own)); size > most || n+size > most {
		return false
	}
	t.extend(int(size))
	return true
}

// Release does nothing: a table takes nothing but memory of Go's.
func (t *Table) Release() {}
