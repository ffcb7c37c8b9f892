package heap

// The regions of the heap's memory. Nothing lies at address 0, which is null. The
// large ones are address space only until they are used.
const (
	// FreeLists has the head of each size class's list of free cells, 4 bytes each.
	// The first word of a free cell is the next one's address.
	FreeLists = 64

	// Classes has the size class of an object of n bytes in byte (n+7)/8, for n up
	// to [MaxListed].
	Classes = 512

	// Descriptors holds the type descriptors and what [Heap.Attach] returns.
	Descriptors    = 64 << 10
	descriptorsEnd = 4 << 20

	// FuncTypes has the descriptor of the type of each entry of the function table,
	// 4 bytes each.
	FuncTypes    = 4 << 20
	funcTypesEnd = 8 << 20

	// ShadowStack holds the references of active functions; it grows upwards to
	// ShadowLimit, which a function must not pass.
	ShadowStack = 8 << 20
	ShadowLimit = 72 << 20

	// base is where objects begin.
	base = 72 << 20
)

// MinPages is the initial size of the heap's memory, in pages of 64 KiB.
const MinPages = base / wasmPage

// MaxFuncs is how many entries the function table may have.
const MaxFuncs = (funcTypesEnd - FuncTypes) / 4

// MaxListed is the size of the largest object that code looks up in Classes.
const MaxListed = 2048

const (
	wasmPage = 64 << 10
	page     = 8 << 10 // unit of the heap's own division into spans
	spanSize = 64 << 10
)

// classSizes are the cell sizes of the free lists, in bytes. Larger objects have
// pages of their own.
var classSizes = [...]uint32{
	8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
	640, 768, 896, 1024, 1280, 1536, 1792, 2048, 3072, 4096, 6144, 8192,
}

// ClassOf is the size class of an object of n bytes, or false if it is so large
// that [Heap.Large] makes it.
func ClassOf(n uint32) (uint32, bool) {
	for c, size := range classSizes {
		if n <= size {
			return uint32(c), true
		}
	}
	return 0, false
}
