package wasi

// sysAddress is an address as the system takes and gives it. All systems agree on
// it but for its first two bytes: those hold the family, or a length and the
// family. Port, most significant byte first, and address of IPv4 follow at 2 and
// 4, port and address of IPv6 at 2 and 8, the path of a UNIX socket at 2.
type sysAddress [128]byte

const (
	sysInet4Size = 16
	sysInet6Size = 28
	sysUnixSize  = 2 + sysPathMax
)

// encode is a as the system takes it, and its length.
func (a *address) encode() (raw sysAddress, n uint32) {
	switch a.family {
	case familyInet4:
		n = sysInet4Size
		copy(raw[4:8], a.ip[:4])
	case familyInet6:
		n = sysInet6Size
		copy(raw[8:24], a.ip[:])
	case familyUnix:
		n = sysUnixSize
		copy(raw[2:sysUnixSize], a.path[:])
	}
	if a.family != familyUnix {
		raw[2], raw[3] = byte(a.port>>8), byte(a.port)
	}
	raw.putFamily(sysFamilies[a.family], n)
	return raw, n
}

// decode is raw as the guest sees it. What is no address of a family that it
// knows is of none.
func (raw *sysAddress) decode() (a address) {
	switch raw.family() {
	case sysFamilies[familyInet4]:
		a.family = familyInet4
		copy(a.ip[:4], raw[4:8])
	case sysFamilies[familyInet6]:
		a.family = familyInet6
		copy(a.ip[:], raw[8:24])
	case sysFamilies[familyUnix]:
		a.family = familyUnix
		copy(a.path[:], raw[2:sysUnixSize])
		return a
	default:
		return a
	}
	a.port = uint16(raw[2])<<8 | uint16(raw[3])
	return a
}
