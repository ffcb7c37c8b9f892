package hostnet

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
func (a *Address) encode() (raw sysAddress, n uint32) {
	switch a.Family {
	case Inet4:
		n = sysInet4Size
		copy(raw[4:8], a.IP[:4])
	case Inet6:
		n = sysInet6Size
		copy(raw[8:24], a.IP[:])
	case Unix:
		n = sysUnixSize
		copy(raw[2:sysUnixSize], a.Path[:])
	}
	if a.Family != Unix {
		raw[2], raw[3] = byte(a.Port>>8), byte(a.Port)
	}
	raw.putFamily(sysFamilies[a.Family], n)
	return raw, n
}

// decode is raw as the guest sees it. What is no address of a family that it
// knows is of none.
func (raw *sysAddress) decode() (a Address) {
	switch raw.family() {
	case sysFamilies[Inet4]:
		a.Family = Inet4
		copy(a.IP[:4], raw[4:8])
	case sysFamilies[Inet6]:
		a.Family = Inet6
		copy(a.IP[:], raw[8:24])
	case sysFamilies[Unix]:
		a.Family = Unix
		copy(a.Path[:], raw[2:sysUnixSize])
		return a
	default:
		return a
	}
	a.Port = uint16(raw[2])<<8 | uint16(raw[3])
	return a
}
