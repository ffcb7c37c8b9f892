package wasi2

import (
	"encoding/binary"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// The cases of addresses and of their families.
const (
	ipv4 = iota
	ipv6
)

// families are the families by their case.
var families = [...]hostnet.Family{ipv4: hostnet.Inet4, ipv6: hostnet.Inet6}

// ipValue is an address of the network as the variant ip-address.
func ipValue(family hostnet.Family, ip [16]byte) exec.Value {
	var parts exec.Value
	if family == hostnet.Inet4 {
		for _, b := range ip[:4] {
			parts.List = append(parts.List, Number(b))
		}
		return Variant(ipv4, parts)
	}
	for n := 0; n < 16; n += 2 {
		parts.List = append(parts.List, Number(binary.BigEndian.Uint16(ip[n:])))
	}
	return Variant(ipv6, parts)
}

// addressValue is a as the variant ip-socket-address.
func addressValue(a hostnet.Address) exec.Value {
	ip := ipValue(a.Family, a.IP)
	if a.Family == hostnet.Inet4 {
		return Variant(ipv4, List(Number(a.Port), ip.List[0]))
	}
	return Variant(ipv6, List(Number(a.Port), Number(uint32(0)), ip.List[0], Number(uint32(0))))
}

// addressOf is the address that v is, an ip-socket-address.
func addressOf(v exec.Value) hostnet.Address {
	fields := v.List[0].List
	a := hostnet.Address{Family: families[v.Bits], Port: uint16(fields[0].Bits)}
	if v.Bits == ipv4 {
		for n, b := range fields[1].List {
			a.IP[n] = byte(b.Bits)
		}
		return a
	}
	for n, w := range fields[2].List {
		binary.BigEndian.PutUint16(a.IP[2*n:], uint16(w.Bits))
	}
	return a
}
