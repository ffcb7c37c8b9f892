package wasi

// Rights is a set of operations that a descriptor allows (its base rights) or
// that descriptors opened through it may allow (its inheriting rights).
type Rights uint64

// The rights of preview 1 (bits 0 to 28) and WasmEdge's own for sockets.
const (
	RightFdDatasync Rights = 1 << iota
	RightFdRead
	RightFdSeek
	RightFdFdstatSetFlags
	RightFdSync
	RightFdTell
	RightFdWrite
	RightFdAdvise
	RightFdAllocate
	RightPathCreateDirectory
	RightPathCreateFile
	RightPathLinkSource
	RightPathLinkTarget
	RightPathOpen
	RightFdReaddir
	RightPathReadlink
	RightPathRenameSource
	RightPathRenameTarget
	RightPathFilestatGet
	RightPathFilestatSetSize
	RightPathFilestatSetTimes
	RightFdFilestatGet
	RightFdFilestatSetSize
	RightFdFilestatSetTimes
	RightPathSymlink
	RightPathRemoveDirectory
	RightPathUnlinkFile
	RightPollFdReadwrite
	RightSockShutdown
	RightSockOpen
	RightSockClose
	RightSockBind
	RightSockRecv
	RightSockRecvFrom
	RightSockSend
	RightSockSendTo

	rightsAll = RightSockSendTo<<1 - 1
)

// implied is r with the rights that others include.
func (r Rights) implied() Rights {
	if r&RightFdSeek != 0 {
		r |= RightFdTell
	}
	if r&RightFdSync != 0 {
		r |= RightFdDatasync
	}
	return r
}

// What WasmEdge gives to standard streams and directory mappings.
const (
	stdinRights  = RightFdRead | RightFdAdvise | RightFdFilestatGet | RightPollFdReadwrite
	stdoutRights = RightFdDatasync | RightFdSync | RightFdWrite | RightFdAdvise |
		RightFdFilestatGet | RightPollFdReadwrite

	dirRights           Rights = 0x7bffe00
	dirInheriting       Rights = 0x1fffffff
	readonlyRights      Rights = 0x24e000
	readonlyInheriting  Rights = 0xfa7febf
	writeonlyRights            = dirRights &^ (RightFdReaddir | RightPathReadlink)
	writeonlyInheriting        = dirInheriting &^ (RightFdRead | RightFdReaddir | RightPathReadlink)
)

// readingRights make path_open open a file for reading, writingRights for
// writing, as in WasmEdge.
const (
	readingRights = RightFdRead | RightFdReaddir
	writingRights = RightFdDatasync | RightFdWrite | RightFdAllocate | RightFdFilestatSetSize
)

// changingRights are those whose use changes files or directories. A read-only
// mapping refuses them whatever the rights of a descriptor say.
const changingRights = RightFdWrite | RightFdAllocate | RightFdFilestatSetSize |
	RightFdFilestatSetTimes | RightPathCreateDirectory | RightPathCreateFile |
	RightPathLinkSource | RightPathLinkTarget | RightPathRenameSource |
	RightPathRenameTarget | RightPathFilestatSetSize | RightPathFilestatSetTimes |
	RightPathSymlink | RightPathRemoveDirectory | RightPathUnlinkFile

// revealingRights are those whose use reveals contents. A write-only mapping
// refuses them.
const revealingRights = RightFdRead | RightFdReaddir | RightPathReadlink

// Mode is what a directory mapping allows at most.
type Mode uint8

// The modes of a directory mapping.
const (
	ReadWrite Mode = iota
	ReadOnly       // nothing in it can be changed
	WriteOnly      // no contents and no names in it can be read
)

// refused are the rights that mode m takes from every descriptor beneath a mapping.
func (m Mode) refused() Rights {
	switch m {
	case ReadOnly:
		return changingRights
	case WriteOnly:
		return revealingRights
	default:
		return 0
	}
}

// rights are the base and inheriting rights of a mapping of mode m.
func (m Mode) rights() (base, inheriting Rights) {
	switch m {
	case ReadOnly:
		return readonlyRights, readonlyInheriting
	case WriteOnly:
		return writeonlyRights, writeonlyInheriting
	default:
		return dirRights, dirInheriting
	}
}
