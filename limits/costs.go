package limits

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// MaxCost is the most that one instruction or host function may cost.
const MaxCost = 1 << 32

// Costs is what executing costs in gas.
type Costs struct {
	Instr [wasm.NumOps]uint64

	// Host are the costs of calling host functions, by "module.name"; others cost
	// nothing.
	Host map[string]uint64
}

// UnitCosts is WasmEdge's table: each instruction 1, host functions nothing.
func UnitCosts() *Costs {
	c := &Costs{Host: map[string]uint64{}}
	for op := range c.Instr {
		c.Instr[op] = wasm.Cost
	}
	return c
}

// hostCosts are the costs by c of m's imported functions, by index.
func hostCosts(c *Costs, m *wasm.Module) []int64 {
	var costs []int64
	for i := range m.Imports {
		if im := &m.Imports[i]; im.Kind == wasm.ExternFunc {
			costs = append(costs, int64(c.Host[im.Module+"."+im.Name]))
		}
	}
	return costs
}

// ReadCosts reads a table of costs: lines "MNEMONIC = COST", where the mnemonic is
// that of the text format, "*" for all instructions that have no line, or
// "host:MODULE.NAME" for a host function. What follows "#" is a comment. An error
// names the line.
func ReadCosts(r io.Reader) (*Costs, error) {
	ops := map[string][]wasm.Op{}
	for op := range wasm.Op(wasm.NumOps) {
		ops[op.String()] = append(ops[op.String()], op)
	}
	costs := UnitCosts()
	var set [wasm.NumOps]bool
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		i := strings.LastIndexByte(text, '=')
		if i < 0 {
			return nil, fmt.Errorf("line %d: %q is not MNEMONIC = COST", n, text)
		}
		name := strings.TrimSpace(text[:i])
		cost, err := strconv.ParseUint(strings.TrimSpace(text[i+1:]), 10, 64)
		if err != nil || cost > MaxCost {
			return nil, fmt.Errorf("line %d: the cost of %s is no number from 0 to %d", n, name, uint64(MaxCost))
		}
		if host, ok := strings.CutPrefix(name, "host:"); ok {
			costs.Host[host] = cost
			continue
		}
		if name == "*" {
			for op := range costs.Instr {
				if !set[op] {
					costs.Instr[op] = cost
				}
			}
			continue
		}
		if len(ops[name]) == 0 {
			return nil, fmt.Errorf("line %d: no instruction is called %q", n, name)
		}
		for _, op := range ops[name] {
			costs.Instr[op], set[op] = cost, true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the table of costs: %w", err)
	}
	return costs, nil
}
