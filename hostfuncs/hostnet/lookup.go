package hostnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// Protocol is what a socket speaks. A query for AnyProtocol is one for all.
type Protocol uint8

// The protocols.
const (
	AnyProtocol Protocol = iota
	TCP
	UDP
)

// Query is what addresses to find.
type Query struct {
	Node, Service string // names or numbers; without a node, of this host
	Family        Family
	Kind          Kind
	Protocol      Protocol

	Passive        bool // addresses to listen at
	CanonicalName  bool // tell what the node is another name of
	NumericHost    bool // the node has to be a number
	NumericService bool // the service has to be a number
	V4Mapped       bool // addresses of IPv4 in those of IPv6, if there are no others
	All            bool // or beside others
	AddrConfig     bool // only of families that this host has addresses of
}

// Answer is one address that a name stands for.
type Answer struct {
	Kind     Kind
	Protocol Protocol
	IP       netip.Addr
	Port     uint16
}

// LookupError is why there are no answers.
type LookupError uint8

// The reasons for which there are no answers.
const (
	NoAddressesOfFamily LookupError = iota // the node is a number of the other family
	TryAgain
	LookupFailed
	NoAddresses
	NoName
	NoService
	NoKind // kind and protocol contradict each other
	NoResolver
)

// Error is in the words of the C library.
func (e LookupError) Error() string {
	return [...]string{
		NoAddressesOfFamily: "address family for hostname not supported",
		TryAgain:            "temporary failure in name resolution",
		LookupFailed:        "non-recoverable failure in name resolution",
		NoAddresses:         "no address associated with hostname",
		NoName:              "name or service not known",
		NoService:           "service not supported for this kind of socket",
		NoKind:              "kind of socket not supported",
		NoResolver:          "system error",
	}[e]
}

// resolver finds addresses without help of a C library: it reads the system's
// hosts file and asks the name servers that the system is configured for.
var resolver = net.Resolver{PreferGo: true}

// Resolve answers q. name is the canonical name, if that is asked for. The end of ctx is
// EINTR.
func (n *Net) Resolve(ctx context.Context, q Query) (answers []Answer, name string, err error) {
	flows, err := q.flows(ctx)
	if err != nil {
		return nil, "", err
	}
	ips, err := n.addresses(ctx, &q)
	if err != nil {
		return nil, "", err
	}
	for _, ip := range ips {
		for _, f := range flows {
			answers = append(answers, Answer{f.kind, f.protocol, ip, f.port})
		}
	}
	if q.CanonicalName {
		name = canonicalName(ctx, &q)
	}
	return answers, name, nil
}

// flow is a way to reach a service.
type flow struct {
	kind     Kind
	protocol Protocol
	network  string // Go's name for it
	port     uint16
}

// flows are the ways to reach q's service that q's hints allow.
func (q *Query) flows(ctx context.Context) ([]flow, error) {
	var list []flow
	var named error
	for _, f := range [...]flow{{Stream, TCP, "tcp", 0}, {Datagram, UDP, "udp", 0}} {
		if q.Kind != AnyKind && q.Kind != f.kind || q.Protocol != AnyProtocol && q.Protocol != f.protocol {
			continue
		}
		port, err := q.port(ctx, f.network)
		if err != nil {
			named = err
			continue
		}
		f.port = port
		list = append(list, f)
	}
	switch {
	case len(list) > 0:
		return list, nil
	case named != nil:
		return nil, named
	default: // the hints contradict each other
		return nil, NoKind
	}
}

// port is the number of q's service.
func (q *Query) port(ctx context.Context, network string) (uint16, error) {
	if q.Service == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(q.Service, 10, 16); err == nil {
		return uint16(n), nil
	}
	if q.NumericService {
		return 0, NoName
	}
	n, err := resolver.LookupPort(ctx, network, q.Service)
	if err != nil || n <= 0 || n > 1<<16-1 {
		return 0, NoService
	}
	return uint16(n), nil
}

// addresses are those of q's node, or of this host if there is none, that are of
// the families that q's hints allow.
func (n *Net) addresses(ctx context.Context, q *Query) ([]netip.Addr, error) {
	if q.AddrConfig && !q.narrow() {
		return nil, NoName
	}
	all, err := n.allAddresses(ctx, q)
	if err != nil {
		return nil, err
	}
	picked := q.pick(all)
	if len(picked) > 0 {
		return picked, nil
	}
	if _, numeric := q.number(); numeric {
		return nil, NoAddressesOfFamily
	}
	return nil, NoAddresses
}

// allAddresses are those of either family.
func (n *Net) allAddresses(ctx context.Context, q *Query) ([]netip.Addr, error) {
	if q.Node == "" {
		if q.Passive {
			return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}, nil
		}
		return []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
	}
	if ip, ok := q.number(); ok {
		return []netip.Addr{ip}, nil
	}
	if q.NumericHost {
		return nil, NoName
	}
	if err := n.permitResolve(q.Node); err != nil {
		return nil, err
	}
	all, err := resolver.LookupNetIP(ctx, "ip", q.Node)
	if err != nil {
		return nil, errorOfLookup(ctx, err)
	}
	for i, ip := range all {
		all[i] = ip.Unmap() // the resolver gives addresses of IPv4 in either form
		if n.Policy != nil {
			n.resolved.add(q.Node, ip)
		}
	}
	return all, nil
}

// number is q's node if it is the number of an address.
func (q *Query) number() (netip.Addr, bool) {
	ip, err := netip.ParseAddr(q.Node)
	return ip, err == nil
}

// narrow restricts q to the family that this host has addresses of, loopback
// aside, if that is but one. It reports whether q's family is among them.
func (q *Query) narrow() bool {
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
	switch q.Family {
	case Inet4:
		return four
	case Inet6:
		return six
	}
	if four != six {
		q.Family = Inet4
		if six {
			q.Family = Inet6
		}
	}
	return true
}

// pick is the addresses in all that are of q's family. Those of IPv4 become ones
// of IPv6 if q wants them instead of none, or beside others.
func (q *Query) pick(all []netip.Addr) []netip.Addr {
	var own, mapped []netip.Addr
	for _, ip := range all {
		if ip.Is4() && q.Family != Inet6 {
			own = append(own, ip)
		} else if ip.Is4() {
			mapped = append(mapped, netip.AddrFrom16(ip.As16()))
		} else if q.Family != Inet4 {
			own = append(own, ip)
		}
	}
	if q.V4Mapped && (len(own) == 0 || q.All) {
		own = append(own, mapped...)
	}
	return own
}

// canonicalName is the name that q's node is another name of, or itself.
func canonicalName(ctx context.Context, q *Query) string {
	if _, ok := q.number(); ok {
		return q.Node
	}
	found := make(chan string, 1)
	go func() { // as the resolver does not end this when ctx does
		name, _ := resolver.LookupCNAME(ctx, q.Node)
		found <- strings.TrimSuffix(name, ".")
	}()
	select {
	case name := <-found:
		if name != "" {
			return name
		}
	case <-ctx.Done():
	}
	return q.Node
}

// errorOfLookup is what is told of the resolver's error.
func errorOfLookup(ctx context.Context, err error) error {
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return syscall.EINTR
	case !errors.As(err, &dns):
		return NoResolver
	case dns.IsNotFound:
		return NoName
	case dns.IsTemporary, dns.IsTimeout:
		return TryAgain
	default:
		return LookupFailed
	}
}

// ScopeOf is the number of the interface that an IPv6 address's zone names.
func ScopeOf(zone string) uint32 {
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
