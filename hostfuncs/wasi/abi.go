package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// The types of the preview 1 ABI. Names and values are those of the WASI
// documents; sizes and offsets of structures are given where they are written.

// The words of addresses and lengths, and the caller's memory.
type (
	ptr    = abi.Ptr
	ptr16  = abi.Ptr16
	ptr32  = abi.Ptr32
	ptr64  = abi.Ptr64
	size   = abi.Size
	memory = abi.Memory
)

// fdnum is a descriptor's number. Negative numbers of the guest become large
// ones that no table holds.
type fdnum uint32

// maxIOVs is the number of buffers that one call may name (WasmEdge's kIOVMax).
const maxIOVs = 1024

// Filetype is the type of what a descriptor or directory entry refers to.
type Filetype uint8

// The file types of preview 1. A pipe has none of its own and is unknown.
const (
	filetypeUnknown Filetype = iota
	filetypeBlockDevice
	filetypeCharacterDevice
	filetypeDirectory
	filetypeRegularFile
	filetypeSocketDgram
	filetypeSocketStream
	filetypeSymbolicLink
)

// The types of flags and of what is counted from 0 are as wide as the WASI
// documents say. What a guest passes above that is cut off, as in WasmEdge.

// fdflags are the flags of an open descriptor.
type fdflags uint16

const (
	fdflagAppend fdflags = 1 << iota
	fdflagDsync
	fdflagNonblock
	fdflagRsync
	fdflagSync

	fdflagsAll = fdflagAppend | fdflagDsync | fdflagNonblock | fdflagRsync | fdflagSync
)

// oflags say how path_open opens.
type oflags uint16

const (
	oflagCreat oflags = 1 << iota
	oflagDirectory
	oflagExcl
	oflagTrunc

	oflagsAll = oflagCreat | oflagDirectory | oflagExcl | oflagTrunc
)

// lookupflags say how a path is resolved.
type lookupflags uint32

// lookupSymlinkFollow follows a symbolic link that is the path's last component.
const lookupSymlinkFollow lookupflags = 1

// fstflags say which times a set_times call sets, and to what.
type fstflags uint16

const (
	fstflagAtim fstflags = 1 << iota
	fstflagAtimNow
	fstflagMtim
	fstflagMtimNow

	fstflagsAll = fstflagAtim | fstflagAtimNow | fstflagMtim | fstflagMtimNow
)

// whence is where fd_seek counts from; the values are those of preview 1.
type whence uint8

const (
	whenceSet whence = iota
	whenceCur
	whenceEnd
)

// advice is the access pattern that fd_advise announces.
type advice uint8

const (
	adviceNormal advice = iota
	adviceSequential
	adviceRandom
	adviceWillneed
	adviceDontneed
	adviceNoreuse
)

// clockid names a clock.
type clockid uint32

const (
	clockRealtime clockid = iota
	clockMonotonic
	clockProcessCPU
	clockThreadCPU
)

// eventtype is what a subscription of poll_oneoff waits for.
type eventtype uint8

const (
	eventClock eventtype = iota
	eventFdRead
	eventFdWrite
)

// subclockAbstime marks a clock subscription's timeout as a point in time.
const subclockAbstime uint16 = 1

// eventHangup says that the peer of a polled descriptor is gone.
const eventHangup uint16 = 1
