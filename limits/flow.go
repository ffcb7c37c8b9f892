package limits

import "github.com/wazedge/wazedge/internal/wasm"

// vertex is a point of a function's control flow.
type vertex = int32

// ground is the vertex of all points where the counters must be true: the entry
// and the exits of a function, its calls, and where it waits for other threads.
const ground vertex = 0

// edgeKind says how code gets onto an edge.
type edgeKind uint8

const (
	straight  edgeKind = iota // at pos
	final                     // at pos, which is behind the function's own label
	taken                     // around the br_if at pos
	otherwise                 // into a new else arm, before the end at pos
	bare                      // not at all
)

// amounts are what the counters of a [Variant] count, an element for each.
type amounts [2]int64

func (a *amounts) add(b amounts) { a[0] += b[0]; a[1] += b[1] }

// edge is a piece of a function's control flow.
//
// The instructions of a straight edge begin at position pos of the body's code;
// at end stands the last of them, which passes control on.
type edge struct {
	kind     edgeKind
	observed bool  // ends in an instruction whose effect is seen outside
	entering bool  // begins at the entry of a function that charges
	back     bool  // ends in a branch that goes round a loop and must charge for it
	head     bool  // begins a loop that must charge here: it is gone round by a bare edge
	loop     int32 // of back and head: the loop
	work     int64 // of back: instructions that the iteration can have run
	steps    uint8 // of back: how many of the loop's steps have been taken
	from, to vertex
	pos, end int
	label    uint32  // of taken and back: depth of the label
	lead     amounts // counted on arrival, for an instruction before pos
	leadAt   int     // its position, or -1 for an else that is jumped over
	cost     amounts // counted on the way, lead included
	heat     float64 // a guess at how often it is run
}

// flow is the control flow graph of a function body.
//
// It follows how WasmEdge's interpreter counts: an instruction counts when it is
// fetched. A branch to a block lands on the block's end, which is fetched; one to
// a loop lands on the loop, which is fetched again; one to the function's label
// lands on the final end, which return leaves out. An else counts when it is
// reached from above, and when a false condition jumps over it.
type flow struct {
	edges    []edge
	loops    []loop
	vertices int32
	entry    int // position of the first instruction
}

// loop is a loop of the function.
type loop struct {
	entry   int32    // the edge that leads to it
	edge    int32    // the one from its beginning
	before  int64    // work, see charges, where it begins
	work    int64    // instructions that an iteration can run
	values  bool     // branches to it carry values
	carried []uint32 // locals whose values go from one iteration to the next
	resumes resumes  // where branches to it go on
	steps   []step   // locals that it advances
	step    int      // which of them says when it looks at the counter
	every   int64    // once in so many iterations; 0 for each time
}

// prices are what fetching an instruction adds to the counters.
type prices [wasm.NumOps]amounts

// scanner builds a flow while it reads a body once.
type scanner struct {
	flow
	module    *wasm.Module
	prices    *prices
	hostCosts []int64    // of imported functions, in gas
	host      *hostCalls // when what is observed matters
	charge    *charges   // where something has to charge
	uses      localUses
	past      past

	frames []frame
	depth  int // open loops

	// The segment that is being read.
	at     vertex
	start  int
	lead   amounts
	leadAt int
	cost   amounts
	heat   float64
	dead   bool // no control gets here
}

// frame is an open block.
type frame struct {
	op      wasm.Op
	target  vertex // where branches to its label land, or -1 while there are none
	cond    vertex // of if: where the decision is made
	heat    float64
	sum     float64 // heat of the branches to its label
	values  bool    // branches to its label carry values
	elsed   bool    // its else has been seen
	dead    bool    // no control gets to it
	depth   int     // open loops around it
	loop    int32   // of loop: which
	serial  int32   // no other frame of the function has it
	charged frameCharges
}

// scan builds the flow of the body of the module's own function fn. It is valid until the next is built.
func (s *scanner) scan(r *wasm.Reader, fn int) (*flow, error) {
	base := s.module.Bodies[fn].Offset
	s.flow = flow{edges: s.edges[:0], loops: s.loops[:0], vertices: 1, entry: int(r.Pos() - base)}
	s.frames, s.depth = s.frames[:0], 0
	s.uses.reset()
	s.past = past{}
	s.begin(ground, s.entry, 1)
	s.open(&frame{op: wasm.OpBlock, values: len(s.module.Types[s.module.Funcs[fn]].Func.Results) > 0})
	if s.charge != nil {
		s.enter(fn)
	}
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		pos, next := int(in.Offset-base), int(r.Pos()-base)
		if s.dead {
			s.skip(&in, pos, next)
			s.past = past{serial: s.past.serial}
		} else {
			s.instr(&in, pos, next)
			s.past.follow(s, &in)
		}
	}
	return &s.flow, nil
}

func (s *scanner) vertex() vertex { s.vertices++; return s.vertices - 1 }

// begin starts a segment at vertex v, whose code begins at start.
func (s *scanner) begin(v vertex, start int, heat float64) {
	s.at, s.start, s.heat = v, start, heat
	s.lead, s.leadAt, s.cost = amounts{}, -1, amounts{}
	s.dead = false
}

// arrive counts what the segment that has begun counts on arrival.
func (s *scanner) arrive(lead amounts, at int) { s.lead, s.leadAt, s.cost = lead, at, lead }

// finish ends the segment at vertex v, with the instruction at end.
func (s *scanner) finish(v vertex, end int) *edge {
	s.edges = append(s.edges, edge{
		from: s.at, to: v, pos: s.start, end: end, lead: s.lead, leadAt: s.leadAt, cost: s.cost,
		heat: s.heat,
	})
	return &s.edges[len(s.edges)-1]
}

// fork ends the segment at a new vertex, where control divides.
func (s *scanner) fork(end, next int) vertex {
	v := s.vertex()
	s.finish(v, end)
	s.begin(v, next, s.heat)
	return v
}

// jump ends the segment for good.
func (s *scanner) jump(v vertex, end int) *edge {
	s.dead = true
	return s.finish(v, end)
}

func (s *scanner) open(f *frame) {
	f.heat, f.dead, f.depth = s.heat, s.dead, s.depth
	f.charged = s.charges()
	if f.op != wasm.OpLoop {
		f.target = -1
	}
	s.past.serial++
	f.serial = s.past.serial
	s.frames = append(s.frames, *f)
}

// branch is the frame that a branch to label depth leaves, which happens with the
// share p of the segment's heat.
func (s *scanner) branch(depth uint32, p float64) *frame {
	f := &s.frames[len(s.frames)-1-int(depth)]
	if f.target < 0 {
		f.target = s.vertex()
	}
	f.sum += s.heat * p
	return f
}

// leave is branch, and edge e follows it.
func (s *scanner) leave(depth uint32, p float64, e *edge) *frame {
	f := s.branch(depth, p)
	e.to, e.label = f.target, depth
	if f.op != wasm.OpLoop {
		s.leaveCharged(f)
	} else if s.charge != nil && (e.kind == bare || !s.resumesAhead(f.loop)) {
		l := &s.loops[f.loop]
		e.back, e.loop, e.work, e.steps = true, f.loop, s.charge.work-l.before, uint8(len(l.steps))
		l.work = max(l.work, e.work)
	}
	return f
}

// bare adds an edge that no code can be put on, to the label depth.
func (s *scanner) bare(from vertex, depth uint32, p float64) {
	e := edge{kind: bare, from: from}
	f := s.leave(depth, p, &e)
	if e.back {
		h := &s.edges[s.loops[f.loop].edge]
		h.head, h.loop = true, f.loop
	}
	// br_table names a label often many times in a row.
	if n := len(s.edges); n == 0 || s.edges[n-1].kind != bare || s.edges[n-1].from != from || s.edges[n-1].to != e.to {
		s.edges = append(s.edges, e)
	}
}

// instr follows an instruction that control gets to.
func (s *scanner) instr(in *wasm.Instr, pos, next int) {
	if s.charge != nil {
		s.charge.work++
	}
	switch in.Op {
	case wasm.OpEnd:
		s.end(pos, next)
		return
	case wasm.OpElse:
		// WasmEdge counts it as an end, since it is one for who comes from above.
		s.cost.add(s.prices[wasm.OpEnd])
		s.leave(0, 1, s.jump(ground, pos))
		s.otherArm(next)
		return
	case wasm.OpLoop:
		s.loop(in, pos, next)
		return
	}
	s.cost.add(s.price(in))
	if !in.Op.Info().Ends {
		s.plain(in, pos, next)
		return
	}
	switch in.Op {
	case wasm.OpBlock:
		s.open(&frame{op: in.Op, values: s.results(in.Block)})
	case wasm.OpTryTable:
		for _, c := range in.Catches {
			// What is caught was thrown at ground: by a call, or a throw in here.
			s.bare(ground, c.Label, 1./64)
		}
		s.open(&frame{op: in.Op, values: s.results(in.Block)})
	case wasm.OpIf:
		v := s.fork(pos, next)
		s.open(&frame{op: in.Op, cond: v, values: s.results(in.Block)})
		s.heat /= 2
	case wasm.OpBr:
		s.leave(in.X, 1, s.jump(ground, pos))
	case wasm.OpBrIf:
		s.brIf(in, pos, next)
	case wasm.OpBrTable:
		s.brTable(in, pos, next)
	case wasm.OpCall, wasm.OpCallIndirect, wasm.OpCallRef:
		s.finishCall(in, pos)
		s.begin(ground, next, s.heat)
		s.call(in)
	case wasm.OpReturnCall, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
		s.finishCall(in, pos)
		s.dead = true
	case wasm.OpReturn, wasm.OpThrow, wasm.OpThrowRef:
		s.jump(ground, pos)
	case wasm.OpUnreachable:
		s.jump(s.vertex(), pos)
	default: // br_on_null and its like
		v := s.fork(pos, next)
		s.bare(v, in.X, 0.5)
		s.heat /= 2
	}
}

// finishCall ends the segment with the call at pos.
func (s *scanner) finishCall(in *wasm.Instr, pos int) {
	e := s.finish(ground, pos)
	e.observed = s.host.called(in)
	s.chargeEntry(e)
}

// plain follows an instruction that control runs through.
func (s *scanner) plain(in *wasm.Instr, pos, next int) {
	switch in.Op {
	case wasm.OpLocalGet:
		s.uses.get(in.X)
	case wasm.OpLocalSet, wasm.OpLocalTee:
		s.uses.set(in.X)
		s.noteStep(in)
	case wasm.OpMemoryGrow:
		if s.host != nil { // that a memory could not grow is logged
			v := s.vertex()
			s.finish(v, pos).observed = true
			s.begin(v, next, s.heat)
		}
	case wasm.OpMemoryAtomicWait32, wasm.OpMemoryAtomicWait64:
		// Others may ask meanwhile what has been used, or end the guest.
		s.finish(ground, pos).observed = s.host != nil
		s.begin(ground, next, s.heat)
	}
}

// price is what fetching in counts. A call of the host includes what the host's
// function costs.
func (s *scanner) price(in *wasm.Instr) amounts {
	p := s.prices[in.Op]
	if (in.Op == wasm.OpCall || in.Op == wasm.OpReturnCall) && int(in.X) < len(s.hostCosts) {
		p[0] += s.hostCosts[in.X]
	}
	return p
}

func (s *scanner) results(t wasm.BlockType) bool {
	_, n := s.module.BlockArity(t)
	return n > 0
}

func (s *scanner) loop(in *wasm.Instr, pos, next int) {
	v := s.vertex()
	before := len(s.edges)
	s.chargeEntry(s.finish(v, pos))
	params, _ := s.module.BlockArity(in.Block)
	s.open(&frame{op: in.Op, target: v, values: params > 0, loop: int32(len(s.loops))})
	s.depth++
	s.begin(v, next, s.heat*8)
	s.arrive(s.prices[wasm.OpLoop], pos)
	s.loops = append(s.loops, loop{entry: int32(before), edge: int32(len(s.edges)), values: params > 0})
	s.uses.open()
	if s.charge != nil {
		// An edge of its own, where the loop can charge if it must do so here.
		v := s.vertex()
		s.finish(v, next)
		s.begin(v, next, s.heat)
		s.charge.work = min(s.charge.work+rareWork, maxWork)
		s.loops[len(s.loops)-1].before = s.charge.work
	}
}

// endLoop ends the innermost loop, which is no longer among the open frames.
func (s *scanner) endLoop(f *frame) {
	l := &s.loops[f.loop]
	s.chooseStep(l)
	l.carried = s.uses.close()
	s.depth--
	if s.charge != nil && s.edges[l.edge].head {
		s.edges[l.entry].entering = false // charged by the loop itself
	}
	if !s.dead {
		s.heat = min(s.heat, f.heat)
		s.cost.add(s.prices[wasm.OpEnd])
	}
}

func (s *scanner) brIf(in *wasm.Instr, pos, next int) {
	f := &s.frames[len(s.frames)-1-int(in.X)]
	p := 0.5
	switch {
	case f.op == wasm.OpLoop:
		p = 0.9
	case f.depth < s.depth:
		p = 0.1
	}
	v := s.fork(pos, next)
	if f.values {
		s.bare(v, in.X, p)
	} else {
		e := edge{kind: taken, from: v, pos: pos, end: next, heat: s.heat * p}
		s.leave(in.X, p, &e)
		s.edges = append(s.edges, e)
	}
	s.heat *= 1 - p
}

func (s *scanner) brTable(in *wasm.Instr, pos, next int) {
	s.noteResumes(in)
	v := s.fork(pos, next)
	for _, l := range in.Labels {
		s.bare(v, l, 1/float64(len(in.Labels)))
	}
	s.dead = true
}

// otherArm begins the else arm of the innermost if.
func (s *scanner) otherArm(next int) {
	f := &s.frames[len(s.frames)-1]
	f.elsed = true
	s.begin(f.cond, next, f.heat/2)
	s.arrive(s.prices[wasm.OpElse], -1)
	s.setCharges(f)
}

// end follows the end at pos, which control need not get to.
func (s *scanner) end(pos, next int) {
	f := s.frames[len(s.frames)-1]
	s.frames = s.frames[:len(s.frames)-1]
	price := s.prices[wasm.OpEnd]
	switch {
	case len(s.frames) == 0:
		s.endBody(&f, pos)
		return
	case f.op == wasm.OpLoop:
		s.endLoop(&f)
		return
	case f.op == wasm.OpIf && !f.elsed:
		if f.target < 0 {
			f.target = s.vertex()
		}
		f.sum += f.heat / 2
		s.edges = append(s.edges, edge{kind: otherwise, from: f.cond, to: f.target, pos: pos, heat: f.heat / 2})
	}
	if f.target < 0 { // no branches
		if !s.dead {
			s.cost.add(price)
		}
		return
	}
	if !s.dead {
		f.sum += s.heat
		s.finish(f.target, pos)
	}
	s.joinCharged(&f)
	s.begin(f.target, next, f.sum)
	s.arrive(price, pos)
}

// endBody follows the final end.
func (s *scanner) endBody(f *frame, pos int) {
	price := s.prices[wasm.OpEnd]
	if f.target < 0 {
		if !s.dead {
			s.cost.add(price)
			s.finish(ground, pos)
		}
		return
	}
	if !s.dead {
		s.finish(f.target, pos)
	}
	s.begin(f.target, pos, 1)
	s.cost.add(price)
	s.finish(ground, pos).kind = final
}

// skip follows an instruction that no control gets to, for its nesting.
func (s *scanner) skip(in *wasm.Instr, pos, next int) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpIf, wasm.OpTryTable, wasm.OpLoop:
		s.open(&frame{op: in.Op})
	case wasm.OpElse:
		if !s.frames[len(s.frames)-1].dead {
			s.otherArm(next)
		}
	case wasm.OpEnd:
		if n := len(s.frames) - 1; s.frames[n].dead {
			s.frames = s.frames[:n]
			return
		}
		s.end(pos, next)
	}
}
