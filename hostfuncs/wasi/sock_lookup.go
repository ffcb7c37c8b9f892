package wasi

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// resolver finds addresses without help of a C library: it reads the system's
// hosts file and asks the name servers that the system is configured for.
var resolver = net.Resolver{PreferGo: true}

// resolve answers q. name is the canonical name, if that is asked for.
func (h *Host) resolve(ctx context.Context, q *query) (answers []answer, name string, errno Errno) {
	flows, errno := q.flows(ctx)
	if errno != Success {
		return nil, "", errno
	}
	ips, errno := h.addresses(ctx, q)
	if errno != Success {
		return nil, "", errno
	}
	for _, ip := range ips {
		for _, f := range flows {
			answers = append(answers, answer{f.kind, f.protocol, ip, f.port})
		}
	}
	if q.flags&aiCanonname != 0 {
		name = canonicalName(ctx, q)
	}
	return answers, name, Success
}

// flow is a way to reach a service.
type flow struct {
	kind     sockType
	protocol protocol
	network  string // Go's name for it
	port     uint16
}

// flows are the ways to reach q's service that q's hints allow.
func (q *query) flows(ctx context.Context) ([]flow, Errno) {
	var list []flow
	named := Success
	for _, f := range [...]flow{{sockStream, protocolTCP, "tcp", 0}, {sockDgram, protocolUDP, "udp", 0}} {
		if q.kind != sockAny && q.kind != f.kind || q.protocol != protocolIP && q.protocol != f.protocol {
			continue
		}
		port, errno := q.port(ctx, f.network)
		if errno != Success {
			named = errno
			continue
		}
		f.port = port
		list = append(list, f)
	}
	switch {
	case len(list) > 0:
		return list, Success
	case named != Success:
		return nil, named
	default: // the hints contradict each other
		return nil, EAISOCKTYPE
	}
}

// port is the number of q's service.
func (q *query) port(ctx context.Context, network string) (uint16, Errno) {
	if q.service == "" {
		return 0, Success
	}
	if n, err := strconv.ParseUint(q.service, 10, 16); err == nil {
		return uint16(n), Success
	}
	if q.flags&aiNumericserv != 0 {
		return 0, EAINONAME
	}
	n, err := resolver.LookupPort(ctx, network, q.service)
	if err != nil || n <= 0 || n > 1<<16-1 {
		return 0, EAISERVICE
	}
	return uint16(n), Success
}

// addresses are those of q's node, or of this host if there is none, that are of
// the families that q's hints allow.
func (h *Host) addresses(ctx context.Context, q *query) ([]netip.Addr, Errno) {
	if q.flags&aiAddrconfig != 0 && !q.narrow() {
		return nil, EAINONAME
	}
	all, errno := h.allAddresses(ctx, q)
	if errno != Success {
		return nil, errno
	}
	picked := q.pick(all)
	if len(picked) > 0 {
		return picked, Success
	}
	if _, numeric := q.number(); numeric {
		return nil, EAIADDRFAMILY
	}
	return nil, EAINODATA
}

// allAddresses are those of either family.
func (h *Host) allAddresses(ctx context.Context, q *query) ([]netip.Addr, Errno) {
	if q.node == "" {
		if q.flags&aiPassive != 0 {
			return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}, Success
		}
		return []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}, Success
	}
	if ip, ok := q.number(); ok {
		return []netip.Addr{ip}, Success
	}
	if q.flags&aiNumerichost != 0 {
		return nil, EAINONAME
	}
	if errno := h.permitResolve(q.node); errno != Success {
		return nil, errno
	}
	all, err := resolver.LookupNetIP(ctx, "ip", q.node)
	if err != nil {
		return nil, errnoOfLookup(ctx, err)
	}
	for i, ip := range all {
		all[i] = ip.Unmap() // the resolver gives addresses of IPv4 in either form
		if h.config.Net != nil {
			h.resolved.add(q.node, ip)
		}
	}
	return all, Success
}

// number is q's node if it is the number of an address.
func (q *query) number() (netip.Addr, bool) {
	ip, err := netip.ParseAddr(q.node)
	return ip, err == nil
}

// narrow restricts q to the family that this host has addresses of, loopback
// aside, if that is but one. It reports whether q's family is among them.
func (q *query) narrow() bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	var four, six bool
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.IsLoopback() {
			continue
		}
		if n.IP.To4() != nil {
			four = true
		} else {
			six = true
		}
	}
	switch q.family {
	case familyInet4:
		return four
	case familyInet6:
		return six
	}
	if four != six {
		q.family = familyInet4
		if six {
			q.family = familyInet6
		}
	}
	return true
}

// pick is the addresses in all that are of q's family. Those of IPv4 become ones
// of IPv6 if q wants them instead of none, or beside others.
func (q *query) pick(all []netip.Addr) []netip.Addr {
	var own, mapped []netip.Addr
	for _, ip := range all {
		if ip.Is4() && q.family != familyInet6 {
			own = append(own, ip)
		} else if ip.Is4() {
			mapped = append(mapped, netip.AddrFrom16(ip.As16()))
		} else if q.family != familyInet4 {
			own = append(own, ip)
		}
	}
	if q.flags&aiV4mapped != 0 && (len(own) == 0 || q.flags&aiAll != 0) {
		own = append(own, mapped...)
	}
	return own
}

// canonicalName is the name that q's node is another name of, or itself.
func canonicalName(ctx context.Context, q *query) string {
	if _, ok := q.number(); ok {
		return q.node
	}
	found := make(chan string, 1)
	go func() { // as the resolver does not end this when ctx does
		name, _ := resolver.LookupCNAME(ctx, q.node)
		found <- strings.TrimSuffix(name, ".")
	}()
	select {
	case name := <-found:
		if name != "" {
			return name
		}
	case <-ctx.Done():
	}
	return q.node
}

// errnoOfLookup is what a guest sees of the resolver's error.
func errnoOfLookup(ctx context.Context, err error) Errno {
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return EINTR
	case !errors.As(err, &dns):
		return EAISYSTEM
	case dns.IsNotFound:
		return EAINONAME
	case dns.IsTemporary, dns.IsTimeout:
		return EAIAGAIN
	default:
		return EAIFAIL
	}
}

// scopeOf is the number of the interface that an IPv6 address's zone names.
func scopeOf(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0
	}
	return uint32(i.Index)
}
