package wasmedge

import (
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// CompilerOptimizationLevel is how much a [Compiler] is to optimise. It is kept, and has no
// effect: the engine has one level.
type CompilerOptimizationLevel uint32

// The levels of optimisation.
const (
	CompilerOptLevel_O0 CompilerOptimizationLevel = iota
	CompilerOptLevel_O1
	CompilerOptLevel_O2
	CompilerOptLevel_O3
	CompilerOptLevel_Os
	CompilerOptLevel_Oz
)

// CompilerOutputFormat is what a [Compiler] writes. It is kept, and has no effect: what is
// written is a module with its code behind it, which any runtime can load.
type CompilerOutputFormat uint32

// The formats of what a [Compiler] writes.
const (
	CompilerOutputFormat_Native CompilerOutputFormat = iota
	CompilerOutputFormat_Wasm
)

// Configure is how modules are loaded and run. What is made with it takes it as it is then;
// later changes are for what is made later. What is made with the same Configure shares
// compiled code.
type Configure struct {
	mu       sync.Mutex
	settings settings
	room     *room // of the settings as they are; nil before it is needed
}

// settings are the values of a [Configure].
type settings struct {
	features    wasm.Features
	annotations bool
	wasi        bool
	pages       uint
	interpreter bool
	counting    bool
	costs       bool
	time        bool
	level       CompilerOptimizationLevel
	format      CompilerOutputFormat
	dump        bool
	generic     bool
}

const maxPages = 65536

func defaults() settings {
	return settings{features: wasm.Wasm3, pages: maxPages, level: CompilerOptLevel_O3, format: CompilerOutputFormat_Wasm}
}

// NewConfigure is a Configure with the defaults of WasmEdge 0.17.1, which are those
// proposals that WebAssembly 3.0 has, and with what params, each a [Proposal] or a
// [HostRegistration], add.
func NewConfigure(params ...interface{}) *Configure {
	c := &Configure{settings: defaults()}
	for _, p := range params {
		c.AddConfig(p)
	}
	return c
}

// change changes the settings by f.
func (c *Configure) change(f func(*settings)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.settings
	f(&c.settings)
	if c.settings != before {
		c.room.release()
		c.room = nil
	}
}

// read is a copy of the settings; those of a nil Configure are the defaults.
func (c *Configure) read() settings {
	if c == nil {
		return defaults()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings
}

// open is the room of the settings as they are, which the caller releases.
func (c *Configure) open() *room {
	if c == nil {
		return newRoom(defaults(), nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room == nil {
		c.room = newRoom(c.settings, nil)
	}
	return c.room.retain()
}

// HasConfig reports whether conf, a [Proposal] or a [HostRegistration], is on. It is false
// for a value of another type.
func (c *Configure) HasConfig(conf interface{}) bool {
	s := c.read()
	switch x := conf.(type) {
	case Proposal:
		if x == ANNOTATIONS {
			return s.annotations
		}
		return x.features() != 0 && s.features.Has(x.features())
	case HostRegistration:
		return x == WASI && s.wasi
	}
	return false
}

// AddConfig turns conf, a [Proposal] or a [HostRegistration], on. A value of another type
// changes nothing.
func (c *Configure) AddConfig(conf interface{}) {
	c.change(func(s *settings) {
		switch x := conf.(type) {
		case Proposal:
			s.annotations = s.annotations || x == ANNOTATIONS
			s.features = s.features.With(x.features())
		case HostRegistration:
			s.wasi = s.wasi || x == WASI
		}
	})
}

// RemoveConfig turns conf, a [Proposal] or a [HostRegistration], off. A proposal that one
// which stays on depends on stays on too. A value of another type changes nothing.
func (c *Configure) RemoveConfig(conf interface{}) {
	c.change(func(s *settings) {
		switch x := conf.(type) {
		case Proposal:
			s.annotations = s.annotations && x != ANNOTATIONS
			s.features = s.features.Without(x.features())
		case HostRegistration:
			s.wasi = s.wasi && x != WASI
		}
	})
}

// SetMaxMemoryPage bounds every linear memory, in pages of 64 KiB.
func (c *Configure) SetMaxMemoryPage(pagesize uint) {
	c.change(func(s *settings) { s.pages = pagesize })
}

// GetMaxMemoryPage is the bound of every linear memory, in pages of 64 KiB.
func (c *Configure) GetMaxMemoryPage() uint { return c.read().pages }

// SetForceInterpreter has modules interpreted, not compiled.
func (c *Configure) SetForceInterpreter(isinterpreter bool) {
	c.change(func(s *settings) { s.interpreter = isinterpreter })
}

// IsForceInterpreter reports whether modules are interpreted.
func (c *Configure) IsForceInterpreter() bool { return c.read().interpreter }

// SetCompilerOptimizationLevel is kept, and has no effect.
func (c *Configure) SetCompilerOptimizationLevel(level CompilerOptimizationLevel) {
	c.change(func(s *settings) { s.level = level })
}

// GetCompilerOptimizationLevel is what was set, at first [CompilerOptLevel_O3].
func (c *Configure) GetCompilerOptimizationLevel() CompilerOptimizationLevel { return c.read().level }

// SetCompilerOutputFormat is kept, and has no effect.
func (c *Configure) SetCompilerOutputFormat(format CompilerOutputFormat) {
	c.change(func(s *settings) { s.format = format })
}

// GetCompilerOutputFormat is what was set, at first [CompilerOutputFormat_Wasm].
func (c *Configure) GetCompilerOutputFormat() CompilerOutputFormat { return c.read().format }

// SetCompilerDumpIR is kept, and has no effect: the engine's intermediate code is not shown.
func (c *Configure) SetCompilerDumpIR(isdump bool) { c.change(func(s *settings) { s.dump = isdump }) }

// IsCompilerDumpIR is what was set.
func (c *Configure) IsCompilerDumpIR() bool { return c.read().dump }

// SetCompilerGenericBinary has a [Compiler] make code for any processor of this architecture.
func (c *Configure) SetCompilerGenericBinary(isgeneric bool) {
	c.change(func(s *settings) { s.generic = isgeneric })
}

// IsCompilerGenericBinary is what was set.
func (c *Configure) IsCompilerGenericBinary() bool { return c.read().generic }

// SetStatisticsInstructionCounting has instructions counted.
func (c *Configure) SetStatisticsInstructionCounting(iscount bool) {
	c.change(func(s *settings) { s.counting = iscount })
}

// IsStatisticsInstructionCounting reports whether instructions are counted.
func (c *Configure) IsStatisticsInstructionCounting() bool { return c.read().counting }

// SetStatisticsCostMeasuring has costs added up, and bounded by [Statistics.SetCostLimit].
func (c *Configure) SetStatisticsCostMeasuring(ismeasure bool) {
	c.change(func(s *settings) { s.costs = ismeasure })
}

// IsStatisticsCostMeasuring reports whether costs are added up.
func (c *Configure) IsStatisticsCostMeasuring() bool { return c.read().costs }

// SetStatisticsTimeMeasuring has time measured.
func (c *Configure) SetStatisticsTimeMeasuring(ismeasure bool) {
	c.change(func(s *settings) { s.time = ismeasure })
}

// IsStatisticsTimeMeasuring reports whether time is measured.
func (c *Configure) IsStatisticsTimeMeasuring() bool { return c.read().time }

// Release lets go of what the Configure holds. What was made with it stays usable.
func (c *Configure) Release() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room.release()
	c.room = nil
}
