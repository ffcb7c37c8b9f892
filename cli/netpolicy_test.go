package cli

import (
	"net/netip"
	"strings"
	"testing"
)

func TestNetPolicy(t *testing.T) {
	for _, tc := range []struct {
		allow []string
		deny  bool
		name  string
		addr  string
		want  bool
	}{
		{addr: "1.2.3.4:80"},
		{name: "example.org"},
		{allow: []string{"all"}, addr: "1.2.3.4:80", want: true},
		{allow: []string{"all"}, name: "example.org", want: true},
		{allow: []string{"all"}, deny: true, addr: "1.2.3.4:80"},
		{deny: true, addr: "1.2.3.4:80"},
		{allow: []string{"1.2.3.4:80"}, addr: "1.2.3.4:80", want: true},
		{allow: []string{"1.2.3.4:80"}, addr: "1.2.3.4:81"},
		{allow: []string{"1.2.3.4:80"}, addr: "[::ffff:1.2.3.4]:80", want: true},
		{allow: []string{"1.2.3.4:*"}, addr: "1.2.3.4:81", want: true},
		{allow: []string{"10.0.0.0/8:53"}, addr: "10.9.8.7:53", want: true},
		{allow: []string{"10.0.0.0/8:53"}, addr: "11.9.8.7:53"},
		{allow: []string{"[::1]:80"}, addr: "[::1]:80", want: true},
		{allow: []string{"*:443"}, addr: "9.9.9.9:443", want: true},
		{allow: []string{"*:443"}, deny: true, addr: "9.9.9.9:443"},
		{allow: []string{"example.org:443"}, deny: true, name: "example.org", addr: "9.9.9.9:443"},
		{allow: []string{"example.org:443"}, deny: true, name: "example.org"},
		// An address of IPv4 is the same in the form of IPv6, here and there.
		{allow: []string{"[::ffff:1.2.3.4]:80"}, addr: "1.2.3.4:80", want: true},
		{allow: []string{"[::ffff:10.0.0.0/104]:80"}, addr: "10.9.8.7:80", want: true},
		{allow: []string{"[::ffff:10.0.0.0/104]:80"}, addr: "[::ffff:11.9.8.7]:80"},
		{allow: []string{"[2001:db8::/32]:80"}, addr: "[2001:db8:1::2]:80", want: true},
		{allow: []string{"[2001:db8::/32]:80"}, addr: "[2001:db9::]:80"},
		// Any address of this host is not one of them.
		{allow: []string{"127.0.0.1:80"}, addr: "0.0.0.0:80"},
		{allow: []string{"[::1]:80"}, addr: "[::]:80"},
		{allow: []string{"127.0.0.1:80"}, addr: "127.0.0.1:0"},
		{allow: []string{"127.0.0.1:*"}, addr: "127.0.0.1:0", want: true},
		{allow: []string{"example.org:443,a:1"}, name: "Example.org.", addr: "9.9.9.9:443", want: true},
		{allow: []string{"example.org:443"}, addr: "9.9.9.9:443"},
		{allow: []string{"example.org:443"}, name: "example.com", addr: "9.9.9.9:443"},
		{allow: []string{"localhost:80"}, addr: "127.0.0.1:80", want: true},
		{allow: []string{"localhost:80"}, addr: "127.0.0.1:81"},
		// Whether a name may be resolved.
		{deny: true, name: "example.org"},
		{allow: []string{"example.org:443"}, name: "EXAMPLE.org.", want: true},
		{allow: []string{"example.org:443"}, name: "secret.example.com"},
		{allow: []string{"10.0.0.0/8:*"}, name: "example.org"},
		{allow: []string{"*:443"}, name: "example.org", want: true},
		{allow: []string{"127.0.0.1:80"}, name: "localhost", want: true},
		{allow: []string{"10.0.0.0/8:*"}, name: "localhost"},
	} {
		o := Options{AllowNet: tc.allow, DenyNet: tc.deny}
		policy, err := o.netPolicy(true)
		if err != nil {
			t.Errorf("%+v: %v", tc, err)
			continue
		}
		addr, _ := netip.ParseAddrPort(tc.addr) // not valid without
		if got := policy(tc.name, addr); got != tc.want {
			t.Errorf("%+v: allowed %t", tc, got)
		}
	}
	if policy, err := new(Options).netPolicy(false); policy != nil || err != nil {
		t.Errorf("an open network has a policy (%v)", err)
	}
	for _, text := range []string{"", "All", "all:80:", "host", "host:", "host:0", "host:65536", "host:http", ":80", "[::1]", "a b:80", "::1:80x", "1.2.3.4/99:80",
		"[::1:80", "::1]:80", "[[::1]]:80", "[::1]]:80", "::1:80", "2001:db8::/32:80", "[1.2.3.4]:80", "[10.0.0.0/8]:80", "[host]:80", "[]:80", "[*]:80",
		"[fe80::1%eth0]:80", "[::1/129]:80", "1.2.3.4/33:80", "1.2.3.4/-1:80", "1.2.3:80", "1.2.3.4.5:80", "300.1.2.3:80", "1.2.3.4/:80", "127.1:80", "0x7f000001:+1",
		"*.example.org:443", "**:443", ".:80", "..:80", "a..b:80", ".a:80", "exämple:80", "a\x00b:80", "a/8:80", strings.Repeat("a", 64) + ":80",
		"host:+80", "host:-1", "host: 80", "host:8_0", "host:80 ", "host:99999999999999999999"} {
		if _, err := parseNetRule(text); err == nil {
			t.Errorf("rule %q is accepted", text)
		}
	}
}
