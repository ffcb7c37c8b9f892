package fault

import "fmt"

// Code is an error number of WasmEdge 0.17.1. Its high byte names the phase that
// reports it (see [Code.Phase]). A Code is an error, so that
// errors.Is(err, fault.UnexpectedEnd) asks for it through any wrapping.
type Code uint32

// The codes, in WasmEdge's order, with WasmEdge's names.
const (
	Success                       Code = 0x000
	Terminated                    Code = 0x001
	RuntimeError                  Code = 0x002
	CostLimitExceeded             Code = 0x003
	WrongVMWorkflow               Code = 0x004
	FuncNotFound                  Code = 0x005
	AOTDisabled                   Code = 0x006
	Interrupted                   Code = 0x007
	NotValidated                  Code = 0x008
	NonNullRequired               Code = 0x009
	SetValueToConst               Code = 0x00a
	SetValueErrorType             Code = 0x00b
	UserDefError                  Code = 0x00c
	InvalidAOTConfigure           Code = 0x00d
	AOTNotImpl                    Code = 0x00e
	IllegalPath                   Code = 0x100
	ReadError                     Code = 0x101
	UnexpectedEnd                 Code = 0x102
	MalformedMagic                Code = 0x103
	MalformedVersion              Code = 0x104
	MalformedSection              Code = 0x105
	SectionSizeMismatch           Code = 0x106
	LengthOutOfBounds             Code = 0x107
	JunkSection                   Code = 0x108
	IncompatibleFuncCode          Code = 0x109
	IncompatibleDataCount         Code = 0x10a
	DataCountRequired             Code = 0x10b
	MalformedImportKind           Code = 0x10c
	MalformedExportKind           Code = 0x10d
	ExpectedZeroByte              Code = 0x10e
	InvalidMut                    Code = 0x10f
	TooManyLocals                 Code = 0x110
	MalformedValType              Code = 0x111
	MalformedElemType             Code = 0x112
	MalformedRefType              Code = 0x113
	MalformedUTF8                 Code = 0x114
	IntegerTooLarge               Code = 0x115
	IntegerTooLong                Code = 0x116
	IllegalOpCode                 Code = 0x117
	ENDCodeExpected               Code = 0x118
	IllegalGrammar                Code = 0x119
	IntrinsicsTableNotFound       Code = 0x11a
	MalformedTable                Code = 0x11b
	MalformedMemoryOpFlags        Code = 0x11c
	MalformedLimitFlags           Code = 0x11d
	MalformedCatchFlags           Code = 0x11e
	MalformedSort                 Code = 0x1a0
	MalformedAliasTarget          Code = 0x1a1
	MalformedCoreInstance         Code = 0x1a2
	MalformedInstance             Code = 0x1a3
	MalformedDefType              Code = 0x1a4
	MalformedModuleType           Code = 0x1a5
	MalformedRecordType           Code = 0x1a6
	MalformedVariantType          Code = 0x1a7
	MalformedTupleType            Code = 0x1a8
	MalformedFlagsType            Code = 0x1a9
	MalformedCanonical            Code = 0x1aa
	UnknownCanonicalOption        Code = 0x1ab
	MalformedName                 Code = 0x1ac
	ComponentNotImplLoader        Code = 0x1ad
	InvalidAlignment              Code = 0x200
	AlignmentTooLarge             Code = 0x201
	TypeCheckFailed               Code = 0x202
	InvalidLabelIdx               Code = 0x203
	InvalidLocalIdx               Code = 0x204
	InvalidFieldIdx               Code = 0x205
	InvalidFuncTypeIdx            Code = 0x206
	InvalidFuncIdx                Code = 0x207
	InvalidTableIdx               Code = 0x208
	InvalidMemoryIdx              Code = 0x209
	InvalidGlobalIdx              Code = 0x20a
	InvalidTagIdx                 Code = 0x20b
	InvalidElemIdx                Code = 0x20c
	InvalidDataIdx                Code = 0x20d
	InvalidRefIdx                 Code = 0x20e
	ConstExprRequired             Code = 0x20f
	DupExportName                 Code = 0x210
	ImmutableGlobal               Code = 0x211
	ImmutableField                Code = 0x212
	ImmutableArray                Code = 0x213
	InvalidResultArity            Code = 0x214
	MultiTables                   Code = 0x215
	MultiMemories                 Code = 0x216
	InvalidLimit                  Code = 0x217
	InvalidMemPages               Code = 0x218
	InvalidStartFunc              Code = 0x219
	InvalidLaneIdx                Code = 0x21a
	InvalidUninitLocal            Code = 0x21b
	InvalidNotDefaultableField    Code = 0x21c
	InvalidNotDefaultableArray    Code = 0x21d
	InvalidPackedField            Code = 0x21e
	InvalidPackedArray            Code = 0x21f
	InvalidUnpackedField          Code = 0x220
	InvalidUnpackedArray          Code = 0x221
	InvalidBrRefType              Code = 0x222
	ArrayTypesMismatch            Code = 0x223
	ArrayTypesNumtypeRequired     Code = 0x224
	InvalidSubType                Code = 0x225
	InvalidTagResultType          Code = 0x226
	SharedMemoryNoMax             Code = 0x227
	InvalidMemPages64             Code = 0x228
	InvalidTableSize64            Code = 0x229
	InvalidOffset                 Code = 0x22a
	MissingArgument               Code = 0x2a0
	ArgTypeMismatch               Code = 0x2a1
	InvalidIndex                  Code = 0x2a2
	InvalidTypeReference          Code = 0x2a3
	ExportNotFound                Code = 0x2a4
	ComponentNotImplValidator     Code = 0x2a5
	ComponentDuplicateName        Code = 0x2a6
	ComponentInvalidName          Code = 0x2a7
	NotADefinedType               Code = 0x2a8
	DefTypeIndexOutOfBounds       Code = 0x2a9
	NameCannotBeEmpty             Code = 0x2aa
	CannotHaveMoreThan32Flags     Code = 0x2ab
	RecordFieldNameConflicts      Code = 0x2ac
	VariantCaseNameConflicts      Code = 0x2ad
	FlagNameConflicts             Code = 0x2ae
	EnumTagNameConflicts          Code = 0x2af
	VariantMustHaveCase           Code = 0x2b0
	ExportAscriptionIncompatible  Code = 0x2b1
	InstanceMissingExpectedExport Code = 0x2b2
	InvalidExportName             Code = 0x2b3
	InvalidExternName             Code = 0x2b4
	ModuleNameConflict            Code = 0x300
	IncompatibleImportType        Code = 0x301
	UnknownImport                 Code = 0x302
	DataSegDoesNotFit             Code = 0x303
	ElemSegDoesNotFit             Code = 0x304
	InvalidCoreSort               Code = 0x3a0
	InvalidCanonOption            Code = 0x3a1
	CoreInvalidExport             Code = 0x3a2
	ResourceDropArgument          Code = 0x3a3
	ComponentNotImplInstantiate   Code = 0x3a4
	WrongInstanceAddress          Code = 0x400
	WrongInstanceIndex            Code = 0x401
	InstrTypeMismatch             Code = 0x402
	FuncSigMismatch               Code = 0x403
	DivideByZero                  Code = 0x404
	IntegerOverflow               Code = 0x405
	InvalidConvToInt              Code = 0x406
	TableOutOfBounds              Code = 0x407
	MemoryOutOfBounds             Code = 0x408
	ArrayOutOfBounds              Code = 0x409
	Unreachable                   Code = 0x40a
	UninitializedElement          Code = 0x40b
	UndefinedElement              Code = 0x40c
	IndirectCallTypeMismatch      Code = 0x40d
	HostFuncError                 Code = 0x40e
	RefTypeMismatch               Code = 0x40f
	UnalignedAtomicAccess         Code = 0x410
	ExpectSharedMemory            Code = 0x411
	CastNullToNonNull             Code = 0x412
	AccessNullFunc                Code = 0x413
	AccessNullStruct              Code = 0x414
	AccessNullArray               Code = 0x415
	AccessNullI31                 Code = 0x416
	AccessNullException           Code = 0x417
	CastFailed                    Code = 0x418
	UncaughtException             Code = 0x419
)

// messages holds the text of every code, exactly as WasmEdge prints it.
var messages = [...]string{
	Success:                       "success",
	Terminated:                    "terminated",
	RuntimeError:                  "generic runtime error",
	CostLimitExceeded:             "cost limit exceeded",
	WrongVMWorkflow:               "wrong VM workflow",
	FuncNotFound:                  "wasm function not found",
	AOTDisabled:                   "AOT runtime is disabled in this build",
	Interrupted:                   "execution interrupted",
	NotValidated:                  "wasm module hasn't passed validation yet",
	NonNullRequired:               "set null value into non-nullable value type",
	SetValueToConst:               "set value into const",
	SetValueErrorType:             "set value type mismatch",
	UserDefError:                  "user defined error code",
	InvalidAOTConfigure:           "invalid AOT/JIT configure",
	AOTNotImpl:                    "Not implemented instructions in AOT/JIT",
	IllegalPath:                   "invalid path",
	ReadError:                     "read error",
	UnexpectedEnd:                 "unexpected end",
	MalformedMagic:                "magic header not detected",
	MalformedVersion:              "unknown binary version",
	MalformedSection:              "malformed section id",
	SectionSizeMismatch:           "section size mismatch",
	LengthOutOfBounds:             "length out of bounds",
	JunkSection:                   "unexpected content after last section",
	IncompatibleFuncCode:          "function and code section have inconsistent lengths",
	IncompatibleDataCount:         "data count and data section have inconsistent lengths",
	DataCountRequired:             "data count section required",
	MalformedImportKind:           "malformed import kind",
	MalformedExportKind:           "malformed export kind",
	ExpectedZeroByte:              "zero byte expected",
	InvalidMut:                    "malformed mutability",
	TooManyLocals:                 "too many locals",
	MalformedValType:              "malformed value type",
	MalformedElemType:             "malformed element type",
	MalformedRefType:              "malformed reference type",
	MalformedUTF8:                 "malformed UTF-8 encoding",
	IntegerTooLarge:               "integer too large",
	IntegerTooLong:                "integer representation too long",
	IllegalOpCode:                 "illegal opcode",
	ENDCodeExpected:               "END opcode expected",
	IllegalGrammar:                "invalid wasm grammar",
	IntrinsicsTableNotFound:       "intrinsics table not found",
	MalformedTable:                "malformed table",
	MalformedMemoryOpFlags:        "malformed memop flags",
	MalformedLimitFlags:           "malformed limits flags",
	MalformedCatchFlags:           "malformed catch flags",
	MalformedSort:                 "malformed sort",
	MalformedAliasTarget:          "malformed alias target",
	MalformedCoreInstance:         "malformed core instance",
	MalformedInstance:             "malformed instance",
	MalformedDefType:              "malformed defined type",
	MalformedModuleType:           "malformed module type",
	MalformedRecordType:           "malformed record type",
	MalformedVariantType:          "malformed variant type",
	MalformedTupleType:            "malformed tuple type",
	MalformedFlagsType:            "malformed flags type",
	MalformedCanonical:            "malformed canonical",
	UnknownCanonicalOption:        "unknown canonical option",
	MalformedName:                 "malformed name",
	ComponentNotImplLoader:        "component model (loader) not implemented",
	InvalidAlignment:              "atomic alignment must be natural",
	AlignmentTooLarge:             "alignment must not be larger than natural",
	TypeCheckFailed:               "type mismatch",
	InvalidLabelIdx:               "unknown label",
	InvalidLocalIdx:               "unknown local",
	InvalidFieldIdx:               "unknown field",
	InvalidFuncTypeIdx:            "unknown type",
	InvalidFuncIdx:                "unknown function",
	InvalidTableIdx:               "unknown table",
	InvalidMemoryIdx:              "unknown memory",
	InvalidGlobalIdx:              "unknown global",
	InvalidTagIdx:                 "unknown tag",
	InvalidElemIdx:                "unknown elem segment",
	InvalidDataIdx:                "unknown data segment",
	InvalidRefIdx:                 "undeclared function reference",
	ConstExprRequired:             "constant expression required",
	DupExportName:                 "duplicate export name",
	ImmutableGlobal:               "immutable global",
	ImmutableField:                "immutable field",
	ImmutableArray:                "immutable array",
	InvalidResultArity:            "invalid result arity",
	MultiTables:                   "multiple tables",
	MultiMemories:                 "multiple memories",
	InvalidLimit:                  "size minimum must not be greater than maximum",
	InvalidMemPages:               "memory size must be at most 65536 pages (4GiB)",
	InvalidStartFunc:              "start function",
	InvalidLaneIdx:                "invalid lane index",
	InvalidUninitLocal:            "uninitialized local",
	InvalidNotDefaultableField:    "field type is not defaultable",
	InvalidNotDefaultableArray:    "array type is not defaultable",
	InvalidPackedField:            "field is packed",
	InvalidPackedArray:            "array is packed",
	InvalidUnpackedField:          "field is unpacked",
	InvalidUnpackedArray:          "array is unpacked",
	InvalidBrRefType:              "invalid br ref type",
	ArrayTypesMismatch:            "array types do not match",
	ArrayTypesNumtypeRequired:     "array type is not numeric or vector",
	InvalidSubType:                "sub type",
	InvalidTagResultType:          "non-empty tag result type",
	SharedMemoryNoMax:             "shared memory must have maximum",
	InvalidMemPages64:             "memory size",
	InvalidTableSize64:            "table size",
	InvalidOffset:                 "offset out of range",
	MissingArgument:               "missing argument",
	ArgTypeMismatch:               "type mismatch",
	InvalidIndex:                  "invalid index",
	InvalidTypeReference:          "invalid type reference",
	ExportNotFound:                "export not found",
	ComponentNotImplValidator:     "component model (validator) not implemented",
	ComponentDuplicateName:        "duplicate name in component",
	ComponentInvalidName:          "invalid component name",
	NotADefinedType:               "not a defined type",
	DefTypeIndexOutOfBounds:       "index out of bounds",
	NameCannotBeEmpty:             "name cannot be empty",
	CannotHaveMoreThan32Flags:     "cannot have more than 32 flags",
	RecordFieldNameConflicts:      "record field name conflicts with previous field name",
	VariantCaseNameConflicts:      "variant case name conflicts with previous case name",
	FlagNameConflicts:             "flag name conflicts with previous flag name",
	EnumTagNameConflicts:          "enum tag name conflicts with previous tag name",
	VariantMustHaveCase:           "variant type must have at least one case",
	ExportAscriptionIncompatible:  "ascribed type of export is not compatible",
	InstanceMissingExpectedExport: "missing expected export",
	InvalidExportName:             "not a valid export name",
	InvalidExternName:             "not a valid extern name",
	ModuleNameConflict:            "module name conflict",
	IncompatibleImportType:        "incompatible import type",
	UnknownImport:                 "unknown import",
	DataSegDoesNotFit:             "data segment does not fit",
	ElemSegDoesNotFit:             "elements segment does not fit",
	InvalidCoreSort:               "invalid core sort",
	InvalidCanonOption:            "invalid canonical option",
	CoreInvalidExport:             "invalid export in core module",
	ResourceDropArgument:          "invalid argument been used to invoke resource.drop",
	ComponentNotImplInstantiate:   "component model (instantiation) not implemented",
	WrongInstanceAddress:          "wrong instance address",
	WrongInstanceIndex:            "wrong instance index",
	InstrTypeMismatch:             "instruction type mismatch",
	FuncSigMismatch:               "function signature mismatch",
	DivideByZero:                  "integer divide by zero",
	IntegerOverflow:               "integer overflow",
	InvalidConvToInt:              "invalid conversion to integer",
	TableOutOfBounds:              "out of bounds table access",
	MemoryOutOfBounds:             "out of bounds memory access",
	ArrayOutOfBounds:              "out of bounds array access",
	Unreachable:                   "unreachable",
	UninitializedElement:          "uninitialized element",
	UndefinedElement:              "undefined element",
	IndirectCallTypeMismatch:      "indirect call type mismatch",
	HostFuncError:                 "host function failed",
	RefTypeMismatch:               "reference type mismatch",
	UnalignedAtomicAccess:         "unaligned atomic",
	ExpectSharedMemory:            "expected shared memory",
	CastNullToNonNull:             "null reference",
	AccessNullFunc:                "null function reference",
	AccessNullStruct:              "null structure reference",
	AccessNullArray:               "null array reference",
	AccessNullI31:                 "null i31 reference",
	AccessNullException:           "null exception reference",
	CastFailed:                    "cast failure",
	UncaughtException:             "uncaught exception",
}

// phases names the phase of a code by its high byte, as the log line begins.
var phases = [...]string{
	0x00: "wasmedge runtime",
	0x01: "loading",
	0x02: "validation",
	0x03: "instantiation",
	0x04: "execution",
	0x05: "user defined",
}

// Phase is the name of the phase that reports c, as its log line begins with.
func (c Code) Phase() string {
	if p := int(c >> 8); p < len(phases) {
		return phases[p]
	}
	return "wasmedge runtime"
}

// Message is the text of c without phase and number.
func (c Code) Message() string {
	if int(c) < len(messages) && messages[c] != "" {
		return messages[c]
	}
	return "unknown error"
}

// Error is the first line that WasmEdge logs for c:
// "PHASE failed: MESSAGE, Code: 0xHHH".
func (c Code) Error() string {
	return fmt.Sprintf("%s failed: %s, Code: 0x%03x", c.Phase(), c.Message(), uint32(c))
}
