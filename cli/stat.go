package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// counting is a run of which is told what the guest has done.
type counting struct {
	calls abi.Tally
}

// countModule runs the module and arguments of l as runModule does, and tells what the guest has done.
func countModule(p *Process, l line) int {
	o := l.syntax.options
	if len(o.GasLimit) > 0 || o.GasCostTable != "" {
		return p.fail("stat counts calls in the place of gas: leave --gas-limit and --gas-cost-table out")
	}
	if o.StatisticsInterval > 0 {
		return p.fail("stat tells at the end what a guest has done: leave --statistics-interval out")
	}
	return p.execute(l, execution{counting: &counting{}})
}

// configure has what the guest does be counted: calls are what costs gas.
func (s *counting) configure(c *compat.Config) {
	c.HostCalls = &s.calls
	c.Limits.Instructions, c.Limits.Gas, c.Limits.Time = true, true, true
	c.Limits.Costs = &limits.Costs{}
	for _, op := range []wasm.Op{wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef, wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef} {
		c.Limits.Costs.Instr[op] = 1
	}
}

// account is what a guest has done.
type account struct {
	Instructions uint64        `json:"instructions"`
	Calls        uint64        `json:"calls"` // instructions that call, host functions too
	Wasm         time.Duration `json:"wasm_ns"`
	Host         time.Duration `json:"host_ns"`
	HostCalls    []abi.Tallied `json:"host_calls"`
	Memory       struct {
		Begin   uint64  `json:"begin_bytes"`
		End     uint64  `json:"end_bytes"`
		Growths int     `json:"growths"`
		Touched *uint64 `json:"touched_bytes,omitempty"` // where the system tells
		Pages   *uint64 `json:"touched_pages,omitempty"` // of the system
	} `json:"memory"`
}

// accountOf is what the guest of r has done.
func (s *counting) accountOf(r *runner) *account {
	used, memory := r.used(), r.vm.MemoryUse()
	a := &account{Instructions: used.Count, Calls: used.GasCosts, Wasm: used.Wasm, Host: used.Host, HostCalls: s.calls.List()}
	a.Memory.Begin, a.Memory.End, a.Memory.Growths = memory.Begin, memory.Now, memory.Growths
	if memory.Told {
		pages := memory.Touched / uint64(os.Getpagesize())
		a.Memory.Touched, a.Memory.Pages = &memory.Touched, &pages
	}
	return a
}

// writeAccount writes what the guest has done, if that is wanted: to standard error, or to the file of
// --statistics-file.
func (r *runner) writeAccount() error {
	if r.counting == nil || r.vm.Stage() != compat.Instantiated && r.used().Count == 0 {
		return nil // or it has not run
	}
	defer r.deadline.speak()()
	a := r.counting.accountOf(r)
	write := func(w io.Writer) error {
		text := []byte(a.text(r.path))
		if r.options.JSON {
			var err error
			if text, err = legible.JSON(a); err != nil {
				return err
			}
		}
		_, err := w.Write(text)
		return err
	}
	if r.options.StatisticsFile != "" {
		return writeFile(r.options.StatisticsFile, write)
	}
	return write(r.Stderr)
}

// text is a for people.
func (a *account) text(path string) string {
	var b strings.Builder
	line := func(n, what, more string) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%16s  %-22s %s", n, what, more), " ") + "\n")
	}
	fmt.Fprintf(&b, "\n What %s has done:\n\n", legible.Name(path))
	rate := ""
	if s := a.Wasm.Seconds(); float64(a.Instructions) >= 1e6*s {
		rate = fmt.Sprintf("%.0f million a second", float64(a.Instructions)/s/1e6)
	}
	line(grouped(a.Instructions), "instructions", rate)
	line(grouped(a.Calls), "calls", "")
	all := int64(0)
	for _, c := range a.HostCalls {
		all += c.Calls
	}
	line(grouped(uint64(all)), "calls of the host", rounded(a.Host))
	for _, c := range a.HostCalls {
		line(grouped(uint64(c.Calls)), "  "+c.Name, rounded(c.Time))
	}
	m := &a.Memory
	line(legible.Bytes(int64(m.End)), "memory", fmt.Sprintf("%s at the start, grown %s", legible.Bytes(int64(m.Begin)), legible.Count(m.Growths, "time")))
	if m.Touched != nil {
		line(grouped(*m.Pages), "pages touched", legible.Bytes(int64(*m.Touched)))
	}
	line(rounded(a.Wasm), "in the guest", "")
	line(rounded(a.Host), "in host functions", "")
	return b.String()
}

// rounded is d with three or four digits.
func rounded(d time.Duration) string {
	for unit := time.Nanosecond; ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}

// grouped is n with commas between thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
