package cli

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/legible"
)

// netRule allows addresses of the network.
type netRule struct {
	any    bool         // every host
	name   string       // or the host that the guest had resolved by this name
	prefix netip.Prefix // or the hosts of this network
	port   uint16       // 0 for every port
}

// netPolicy is what --allow-net and --deny-net allow: with --deny-net nothing, whatever
// else is asked for and in whatever order; else what a rule of --allow-net names and
// nothing else. Without either, nothing if the network is closed, as it is for wazedge, and
// everything as WasmEdge does. nil stands for everything.
func (o *Options) netPolicy(closed bool) (compat.NetPolicy, error) {
	if len(o.AllowNet) == 0 && !o.DenyNet && !closed {
		return nil, nil
	}
	var rules []netRule
	for _, list := range o.AllowNet {
		for text := range strings.SplitSeq(list, ",") {
			rule, err := parseNetRule(text)
			if err != nil {
				return nil, err
			}
			rules = append(rules, rule)
		}
	}
	if o.DenyNet {
		rules = nil
	}
	return func(name string, addr netip.AddrPort) bool {
		return slices.ContainsFunc(rules, func(r netRule) bool { return r.allows(name, addr) })
	}, nil
}

// hintAtNet returns what tells a person, the first time that the guest is kept from an
// address, which option would let it: nil if nothing is to be said.
func (p *Process) hintAtNet(o *Options) func(name string, addr netip.AddrPort) {
	if o.DenyNet || p.tool() != wazedge || p.quiet {
		return nil
	}
	var once sync.Once
	return func(name string, addr netip.AddrPort) {
		once.Do(func() {
			what, rule := "reach "+addr.String(), addr.String()
			switch {
			case !addr.IsValid():
				what, rule = "look up "+legible.Name(name), legible.Name(name)+":PORT"
			case name != "":
				what, rule = fmt.Sprintf("reach %s at %v", legible.Name(name), addr), fmt.Sprintf("%s:%d", legible.Name(name), addr.Port())
			}
			if addr.IsValid() && addr.Port() == 0 {
				rule = strings.TrimSuffix(rule, "0") + "*"
			}
			p.say("hint: the guest may not %s: --allow-net %s lets it (--allow-net all: everything)", what, rule)
		})
	}
}

var loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// parseNetRule reads "all", or HOST:PORT, where HOST is a name, an address, a network in
// CIDR notation or *, IPv6 in brackets, and PORT a number or *.
func parseNetRule(text string) (netRule, error) {
	if text == "all" {
		return netRule{any: true}, nil
	}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.Host != "" {
		port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443"}[u.Scheme], "PORT")
		return netRule{}, fmt.Errorf("--allow-net %s: want HOST:PORT and no address of the web, like %s:%s", text, u.Hostname(), port)
	}
	at := strings.LastIndexByte(text, ':')
	if at < 0 || strings.HasSuffix(text, "]") {
		return netRule{}, fmt.Errorf("--allow-net %s: want HOST:PORT, like example.org:443, 10.0.0.0/8:* or *:443, or all", text)
	}
	host, port := text[:at], text[at+1:]
	rule, ok := parseNetHost(host)
	if !ok {
		return netRule{}, fmt.Errorf("--allow-net %s: no host %q", text, host)
	}
	if port != "*" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return netRule{}, fmt.Errorf("--allow-net %s: no port %q", text, port)
		}
		rule.port = uint16(n)
	}
	return rule, nil
}

// parseNetHost reads HOST.
func parseNetHost(host string) (netRule, bool) {
	if host == "*" {
		return netRule{any: true}, true
	}
	inner, bracketed := strings.CutPrefix(host, "[")
	if bracketed {
		if inner, bracketed = strings.CutSuffix(inner, "]"); !bracketed {
			return netRule{}, false
		}
	}
	if prefix, ok := parseNetwork(inner); ok {
		return netRule{prefix: unmapped(prefix)}, bracketed == prefix.Addr().Is6()
	}
	name := strings.TrimSuffix(host, ".")
	return netRule{name: name}, !bracketed && isHostName(name)
}

// parseNetwork reads an address or a network.
func parseNetwork(text string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), true
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// unmapped is a network of IPv4 addresses in the form of IPv6 as what it stands for.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// isHostName reports whether name may be that of a host: labels of letters, digits,
// hyphens and underscores, of which the last is no number.
func isHostName(name string) bool {
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, hostNameCharacters) != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(name) <= 253 && strings.Trim(last, "0123456789") != ""
}

const hostNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// allows reports whether r allows addr, which the guest had resolved from name, or
// gave itself if name is empty. Without an address the question is whether the
// name may be resolved, which can send it anywhere.
func (r netRule) allows(name string, addr netip.AddrPort) bool {
	name = strings.TrimSuffix(name, ".")
	if !addr.IsValid() {
		return r.any || r.name != "" && strings.EqualFold(r.name, name) ||
			strings.EqualFold(name, "localhost") && (r.prefix.Contains(loopback4) || r.prefix.Contains(netip.IPv6Loopback()))
	}
	if r.port != 0 && r.port != addr.Port() {
		return false
	}
	ip := addr.Addr().Unmap()
	switch {
	case r.any:
		return true
	case r.name != "":
		return strings.EqualFold(r.name, name) || strings.EqualFold(r.name, "localhost") && ip.IsLoopback()
	}
	return r.prefix.Contains(ip)
}
