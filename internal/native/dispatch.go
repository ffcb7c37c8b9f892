package native

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Programs of Go have no loops of their own in WebAssembly. A function is one loop, at whose head a table of
// branches leads to a place by a local, and whatever would jump sets the local to a constant and goes to the head:
//
//	loop block block block (br_table $pc) end ... end ... (set $pc 2) (br $loop) ... end ... end
//
// The table itself is needed where a call goes on behind another one that has waited, and nowhere else. So
// such jumps are built as what they are. A jump forwards leads to the end of a block that is still open. Places that
// are jumped back to become the heads of loops; where anything jumps into the midst of one, it is entered by its head
// all the same, with the number of the place in a local of its own, and a table behind the head that is hardly ever needed.
type dispatch struct {
	loopAt, tableAt int64           // places of the instructions
	labels          []int32         // of the table; labels count by which block ends first
	blocks          int32           // as many labels
	jumps           map[int64]int32 // the labels that branches to the loop lead to, by their places
	regions         []region
	heads           []int32 // of each label, the region that it is the head of; -1
	inner           []int32 // of each label, the innermost region; -1
	local           int     // the local that has the number of the place to go on at

	// While the function is built.
	base    int   // the frame of the last label
	segment int32 // labels that have ended
	entry   []value
}

// region is a loop that dispatch has found: what is behind the labels from head to last.
type region struct {
	head, last int32
	outer      int32 // region, -1 for none
	info       loopInfo
	loop       frame
}

const (
	mostLabels  = 4096
	mostRegions = 256
	mostAround  = 16 // regions around another
)

// going is a branch to the loop, behind so many labels.
type going struct{ segment, label int32 }

// dispatchOf finds the first loop of a function to be one of those, and how it jumps; nil if there is none. local is the
// number of a local that is not used otherwise.
func dispatchOf(r wasm.Reader, local int, f *followed) *dispatch {
	d := &dispatch{local: local, jumps: map[int64]int32{}, base: -1}
	words := local/64 + 1
	var in wasm.Instr
	for in.Op != wasm.OpLoop {
		if r.Next(&in) != nil {
			return nil
		}
	}
	d.loopAt = in.Offset
	plain := func() bool { return !in.Block.Indexed && in.Block.Result == wasm.Bottom }
	ok := plain()
	for r.Next(&in) == nil && in.Op == wasm.OpBlock {
		d.blocks++
		ok = ok && plain()
	}
	if !ok || in.Op != wasm.OpLocalGet || d.blocks < 2 || d.blocks > mostLabels {
		return nil
	}
	pc := in.X
	if r.Next(&in) != nil || in.Op != wasm.OpBrTable {
		return nil
	}
	d.tableAt = in.Offset
	for _, l := range in.Labels {
		if int32(l) >= d.blocks {
			return nil
		}
		d.labels = append(d.labels, int32(l))
	}
	var jumps []going
	segment, open := int32(0), int32(0) // open: blocks within the segment at hand
	does := make([]loopInfo, d.blocks+1)
	for k := range does {
		does[k].assigned = make([]uint64, words)
	}
	next := goingOn{pc: pc}
	for r.Next(&in) == nil {
		depth := func(l uint32) int32 { return int32(l) - open } // 0: the label that ends next
		within := d.blocks - segment                             // depth of the loop
		switch in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
			open++
		case wasm.OpEnd:
			if open > 0 {
				open--
				break
			}
			if segment == d.blocks { // of the loop
				if !d.find(jumps, does) {
					return nil
				}
				return d
			}
			segment++
		case wasm.OpBr:
			switch to := depth(in.X); {
			case to == within:
				if !next.known {
					return nil
				}
				k := min(uint64(next.at), uint64(len(d.labels)-1))
				d.jumps[in.Offset] = d.labels[k]
				jumps = append(jumps, going{segment, d.labels[k]})
			case to >= 0 && to < within:
				return nil
			}
		case wasm.OpBrIf:
			if to := depth(in.X); to >= 0 && to <= within {
				return nil
			}
		case wasm.OpBrTable:
			for _, l := range in.Labels {
				if to := depth(l); to >= 0 && to <= within {
					return nil
				}
			}
		default:
			does[segment].note(&in, f)
		}
		next.follow(&in)
	}
	return nil
}

// goingOn is what is known of the local by which a loop goes on, from one instruction to the next. A look at limits may stand
// between where it is set and the branch: a branch of its own in an if, and copies of locals to themselves.
type goingOn struct {
	pc     uint32
	known  bool
	at     uint32 // its value
	before bool   // known, in front of the if at hand
	last   [3]brief
}

// brief is what matters here of an instruction.
type brief struct {
	op  wasm.Op
	x   uint32
	val uint64
}

func (g *goingOn) follow(in *wasm.Instr) {
	l := &g.last
	switch in.Op {
	case wasm.OpLocalSet, wasm.OpLocalTee:
		switch {
		case in.X != g.pc:
		case l[2].op == wasm.OpI32Const:
			g.known, g.at = true, uint32(l[2].val)
		default: // to itself
			g.known = g.known && l[2].op == wasm.OpI32Or && l[1].op == wasm.OpI32Const && l[1].val == 0 && l[0].op == wasm.OpLocalGet && l[0].x == g.pc
		}
	case wasm.OpIf:
		g.before = g.known
	case wasm.OpEnd: // of an if that only branches away, nothing else comes by
		g.known = l[1].op == wasm.OpIf && l[2].op == wasm.OpBr && l[2].x > 0 && g.before
	case wasm.OpElse, wasm.OpLoop:
		g.known = false
	}
	l[0], l[1], l[2] = l[1], l[2], brief{in.Op, in.X, in.Val}
}

// find finds the regions, of which each is in another one or apart from it. does is what is done behind each label.
func (d *dispatch) find(jumps []going, does []loopInfo) bool {
	last := make([]int32, d.blocks) // of the region of which a label is the head; -1
	for k := range last {
		last[k] = -1
	}
	for _, j := range jumps {
		if j.label < j.segment {
			last[j.label] = max(last[j.label], j.segment-1)
		}
	}
	d.heads, d.inner = slices.Repeat([]int32{-1}, int(d.blocks)), slices.Repeat([]int32{-1}, int(d.blocks))
	work := 0
	for h := d.blocks - 1; h >= 0; h-- { // those further behind are complete
		for k := h + 1; k <= last[h]; k++ {
			last[h] = max(last[h], last[k])
		}
	}
	var around []int32
	for h := range d.blocks {
		for len(around) > 0 && d.regions[around[len(around)-1]].last < h {
			around = around[:len(around)-1]
		}
		if last[h] >= 0 {
			g := region{head: h, last: last[h], outer: -1}
			if n := len(around); n > 0 {
				g.outer = around[n-1]
			}
			d.heads[h] = int32(len(d.regions))
			around = append(around, d.heads[h])
			g.info.assigned = make([]uint64, len(does[0].assigned))
			for _, one := range does[h+1 : last[h]+2] {
				g.info.add(&one)
			}
			d.regions = append(d.regions, g)
			work += int(last[h]-h) * (d.local + 1) // locals that are passed on
		}
		if n := len(around); n > 0 {
			d.inner[h] = around[n-1]
		}
		if len(around) > mostAround || len(d.regions) > mostRegions || work > maxSnapshots/4 {
			return false
		}
	}
	return true
}

// around reports whether what is behind so many labels is in the region.
func (g *region) around(segment int32) bool { return g.head < segment && segment <= g.last+1 }

// add notes that l does what o does.
func (l *loopInfo) add(o *loopInfo) {
	for w := range o.assigned {
		l.assigned[w] |= o.assigned[w]
	}
	l.sets |= o.sets
	l.calls, l.writes, l.setGlobal = l.calls || o.calls, l.writes || o.writes, l.setGlobal || o.setGlobal
}

// ends reports whether the frame n is that of the label that ends next.
func (d *dispatch) ends(n int) bool {
	return d != nil && d.base >= 0 && d.segment < d.blocks && n == d.base+int(d.blocks-1-d.segment)
}

// goTo ends the block at hand with a jump to a label. Where the label is in regions that the block is not in, that leads
// to the head of the outermost of them.
func (b *builder) goTo(label int32) {
	d := b.dispatch
	b.locals[d.local] = b.constant(i32, uint64(label))
	to, loop := label, d.heads[label]
	if label >= d.segment {
		loop = -1
		for n := d.inner[label]; n >= 0; n = d.regions[n].outer {
			if g := &d.regions[n]; !g.around(d.segment) {
				to = g.head
			}
		}
	}
	if loop >= 0 {
		b.end(termJump, b.jumpTo(&d.regions[loop].loop))
	} else {
		b.end(termJump, b.jumpTo(&b.frames[d.base+int(d.blocks-1-to)]))
	}
	b.cur = -1
}

// behind begins a block that follows from alone, with the locals at its end.
func (b *builder) behind(block, from int32, rare bool) {
	b.begin(block)
	b.blocks[block].preds = []int32{from}
	b.blocks[block].rare = rare
}

// tableOf builds the table by which the function is entered, nearly always for the first place.
func (b *builder) tableOf(pc value) {
	d := b.dispatch
	d.base = len(b.frames) - int(d.blocks)
	d.entry = slices.Clone(b.locals)
	at, ep := b.cur, b.ep
	first, others := b.newBlock(), b.newBlock()
	b.end(termBranch, first, others).cond = b.simplify(val{op: op(wasm.OpI32Eqz), typ: i32, a: pc})
	again := func() { b.locals, b.ep = slices.Clone(d.entry), ep }
	b.behind(first, at, false)
	b.goTo(d.labels[0])
	again()
	b.behind(others, at, true)
	succs, edges := b.edges(d.labels)
	b.end(termSwitch, succs...).cond = pc
	for _, e := range edges {
		again()
		b.behind(e.block, others, true)
		b.goTo(e.label)
	}
}

// edge is a block that leads to a label.
type edge struct{ block, label int32 }

// edges are blocks for labels, one for each.
func (b *builder) edges(labels []int32) (succs []int32, edges []edge) {
	of := map[int32]int32{}
	for _, l := range labels {
		e, ok := of[l]
		if !ok {
			e = b.newBlock()
			of[l] = e
			edges = append(edges, edge{e, l})
		}
		succs = append(succs, e)
	}
	return succs, edges
}

// enter begins the loop of the region g in the block at hand, which is behind its head.
func (b *builder) enter(g *region) {
	d := b.dispatch
	head := b.newBlock()
	b.beforeLoop(&g.info)
	from := b.cur
	b.end(termJump, head)
	b.behind(head, from, false)
	g.loop = frame{op: wasm.OpLoop, block: head, otherwise: -1, height: len(b.stack)}
	g.info.assigned[d.local/64] |= 1 << (d.local % 64)
	b.loopPhis(head, &g.info)
	if g.last == g.head {
		return
	}
	at := b.locals[d.local]
	body, others := b.newBlock(), b.newBlock()
	b.end(termBranch, body, others).cond = b.simplify(val{op: op(wasm.OpI32Eq), typ: i32, a: at, b: b.constant(i32, uint64(g.head))})
	locals, ep := b.locals, b.ep
	b.behind(others, head, true)
	var labels []int32
	for l := g.head + 1; l <= g.last; l++ {
		labels = append(labels, l)
	}
	succs, edges := b.edges(labels)
	if len(edges) == 1 {
		b.end(termJump, succs...)
	} else {
		index := b.simplify(val{op: op(wasm.OpI32Sub), typ: i32, a: at, b: b.constant(i32, uint64(g.head+1))})
		b.end(termSwitch, succs...).cond = index
	}
	for _, e := range edges {
		b.locals, b.ep = slices.Clone(locals), ep
		b.behind(e.block, others, true)
		b.goTo(e.label)
	}
	b.locals, b.ep = locals, ep
	b.behind(body, head, false)
}
