package limits

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// constants counts the constant expressions of a module, in the order in which
// WasmEdge evaluates them.
type constants struct {
	prices *prices
	limit  int64 // of the first counter, or negative
	used   amounts
}

// module counts those of m. When one goes beyond the limit, it returns the
// information lines of the error.
func (c *constants) module(m *wasm.Module) []string {
	for i := range m.Tables {
		if info := c.expr(m.Tables[i].Init, "table section"); info != nil {
			return info
		}
	}
	for i := range m.Globals {
		if info := c.expr(m.Globals[i].Init, "global section"); info != nil {
			return info
		}
	}
	for i := range m.Elems {
		if info := c.elements(&m.Elems[i]); info != nil {
			return info
		}
	}
	for _, d := range m.Datas.All() {
		if d.Mode != wasm.Active {
			continue
		}
		if info := c.expr(d.Offset, "data segment", "data section"); info != nil {
			return info
		}
	}
	return nil
}

// elements counts the items of s, and its offset. An item that is written as an
// index is a ref.func and an end without a place in the file.
func (c *constants) elements(s *wasm.ElemSegment) []string {
	nodes := []string{"element segment", "element section"}
	for range s.Funcs {
		for _, op := range []wasm.Op{wasm.OpRefFunc, wasm.OpEnd} {
			if !c.fetch(op) {
				return refusedIn(op, 0, nodes)
			}
		}
	}
	for _, e := range s.Exprs {
		if info := c.expr(e, nodes...); info != nil {
			return info
		}
	}
	if s.Mode != wasm.Active {
		return nil
	}
	return c.expr(s.Offset, nodes...)
}

func (c *constants) expr(e wasm.Expr, nodes ...string) []string {
	if _, plain := e.I32Const(); plain { // as the offsets of most segments are
		before := c.used
		if c.fetch(wasm.OpI32Const) && c.fetch(wasm.OpEnd) {
			return nil
		}
		c.used = before
	}
	var in wasm.Instr
	for r := wasm.NewReader(e.Code, e.Offset, features); r.More() && r.Next(&in) == nil; {
		if !c.fetch(in.Op) {
			return refusedIn(in.Op, in.Offset, nodes)
		}
	}
	return nil
}

func (c *constants) fetch(op wasm.Op) bool {
	price := c.prices[op]
	if c.limit >= 0 && c.used[0]+price[0] > c.limit {
		return false
	}
	c.used.add(price)
	return true
}

// refusedIn are the information lines of an instruction that was refused in a
// constant expression below nodes.
func refusedIn(op wasm.Op, offset int64, nodes []string) []string {
	info := []string{fault.InInstruction(op.Printed(), uint16(op), offset), fault.ASTNode("expression")}
	for _, n := range nodes {
		info = append(info, fault.ASTNode(n))
	}
	return append(info, fault.ASTNode("module"))
}
