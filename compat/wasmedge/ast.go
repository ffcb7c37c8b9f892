package wasmedge

import (
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
)

// AST is a module that a [Loader] has loaded.
type AST struct {
	*source
	validated atomic.Bool
	released  atomic.Bool
}

// source is what is loaded, which all [AST]s of the same bytes have.
type source struct {
	room   *room
	module *compat.Module

	mu    sync.Mutex
	valid bool
}

// retain is the module of a, to be released on its own.
func (a *AST) retain() *AST {
	a.room.retain()
	b := &AST{source: a.source}
	b.validated.Store(a.validated.Load())
	return b
}

// validate checks the module.
func (a *AST) validate() error {
	if err := a.source.validate(); err != nil {
		return err
	}
	a.validated.Store(true)
	return nil
}

// validate checks the module, once.
func (s *source) validate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.valid {
		return nil
	}
	if err := s.module.Validate(); err != nil {
		return err
	}
	s.valid = true
	return nil
}

// in is the module as one of r, which is valid.
func (a *AST) in(r *room) (*compat.Module, error) {
	switch {
	case !a.validated.Load():
		return nil, failure(fault.NotValidated)
	case r == a.room:
		return a.module, nil
	}
	return r.load(a.source)
}

// ListImports are what the module imports, in the order of the module.
func (a *AST) ListImports() []*ImportType {
	imports := a.module.Imports()
	list := make([]*ImportType, len(imports))
	for n := range imports {
		list[n] = &ImportType{imports[n]}
	}
	return list
}

// ListExports are what the module exports, in the order of the module.
func (a *AST) ListExports() []*ExportType {
	exports := a.module.Exports()
	list := make([]*ExportType, len(exports))
	for n := range exports {
		list[n] = &ExportType{exports[n]}
	}
	return list
}

// Release lets go of the module. Instances of it stay usable.
func (a *AST) Release() {
	if a != nil && a.released.CompareAndSwap(false, true) {
		a.room.release()
	}
}

// ExternType is a kind of imports and exports.
type ExternType uint32

// The kinds of imports and exports.
const (
	ExternType_Function ExternType = iota
	ExternType_Table
	ExternType_Memory
	ExternType_Global
	ExternType_Tag
)

func kindOf(k compat.ExternKind) ExternType {
	switch k {
	case compat.ExternTable:
		return ExternType_Table
	case compat.ExternMemory:
		return ExternType_Memory
	case compat.ExternGlobal:
		return ExternType_Global
	case compat.ExternTag:
		return ExternType_Tag
	default:
		return ExternType_Function
	}
}

// typeOf is the type of e: of type [*FunctionType], [*TableType], [*MemoryType],
// [*GlobalType] or [*TagType].
func typeOf(e *compat.Export) interface{} {
	switch e.Kind {
	case compat.ExternTable:
		return &TableType{e.Table}
	case compat.ExternMemory:
		return &MemoryType{e.Memory}
	case compat.ExternGlobal:
		return &GlobalType{e.Global}
	case compat.ExternTag:
		return &TagType{e.Tag}
	default:
		return &FunctionType{e.Func}
	}
}

// ImportType is an import of an [AST].
type ImportType struct{ of compat.Import }

// GetExternalType is the kind of the import.
func (i *ImportType) GetExternalType() ExternType { return kindOf(i.of.Kind) }

// GetModuleName is the module that it is imported from.
func (i *ImportType) GetModuleName() string { return i.of.Module }

// GetExternalName is its name there.
func (i *ImportType) GetExternalName() string { return i.of.Name }

// GetExternalValue is its type: a [*FunctionType], [*TableType], [*MemoryType],
// [*GlobalType] or [*TagType].
func (i *ImportType) GetExternalValue() interface{} { return typeOf(&i.of.Export) }

// ExportType is an export of an [AST].
type ExportType struct{ of compat.Export }

// GetExternalType is the kind of the export.
func (e *ExportType) GetExternalType() ExternType { return kindOf(e.of.Kind) }

// GetExternalName is its name.
func (e *ExportType) GetExternalName() string { return e.of.Name }

// GetExternalValue is its type: a [*FunctionType], [*TableType], [*MemoryType],
// [*GlobalType] or [*TagType].
func (e *ExportType) GetExternalValue() interface{} { return typeOf(&e.of) }
