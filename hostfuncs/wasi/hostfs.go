package wasi

import "github.com/wazedge/wazedge/hostfuncs/hostfs"

// What hostfs calls things, in WASI's numbers.

var filetypes = [...]Filetype{
	hostfs.KindUnknown:         filetypeUnknown,
	hostfs.KindBlockDevice:     filetypeBlockDevice,
	hostfs.KindCharacterDevice: filetypeCharacterDevice,
	hostfs.KindDirectory:       filetypeDirectory,
	hostfs.KindRegular:         filetypeRegularFile,
	hostfs.KindSocketDatagram:  filetypeSocketDgram,
	hostfs.KindSocketStream:    filetypeSocketStream,
	hostfs.KindSymbolicLink:    filetypeSymbolicLink,
}

func filetypeOf(k hostfs.Kind) Filetype { return filetypes[k] }

var hostFlags = [...]struct {
	flag fdflags
	host hostfs.Flags
}{
	{fdflagAppend, hostfs.FlagAppend},
	{fdflagDsync, hostfs.FlagDsync},
	{fdflagNonblock, hostfs.FlagNonblock},
	{fdflagRsync, hostfs.FlagRsync},
	{fdflagSync, hostfs.FlagSync},
}

// host is flags as hostfs has them.
func (flags fdflags) host() (f hostfs.Flags) {
	for _, x := range hostFlags {
		if flags&x.flag != 0 {
			f |= x.host
		}
	}
	return f
}

func fdflagsOf(f hostfs.Flags) (flags fdflags) {
	for _, x := range hostFlags {
		if f&x.host != 0 {
			flags |= x.flag
		}
	}
	return flags
}

var hostAdvice = [...]hostfs.Advice{
	adviceNormal:     hostfs.AdviceNormal,
	adviceSequential: hostfs.AdviceSequential,
	adviceRandom:     hostfs.AdviceRandom,
	adviceWillneed:   hostfs.AdviceWillNeed,
	adviceDontneed:   hostfs.AdviceDontNeed,
	adviceNoreuse:    hostfs.AdviceNoReuse,
}
