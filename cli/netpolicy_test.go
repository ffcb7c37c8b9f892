package cli

import (
	"net/netip"
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
		{want: true, addr: "1.2.3.4:80"},
		{deny: true, addr: "1.2.3.4:80"},
		{allow: []string{"1.2.3.4:80"}, addr: "1.2.3.4:80", want: true},
		{allow: []string{"1.2.3.4:80"}, addr: "1.2.3.4:81"},
		{allow: []string{"1.2.3.4:80"}, addr: "[::ffff:1.2.3.4]:80", want: true},
		{allow: []string{"1.2.3.4:*"}, addr: "1.2.3.4:81", want: true},
		{allow: []string{"10.0.0.0/8:53"}, addr: "10.9.8.7:53", want: true},
		{allow: []string{"10.0.0.0/8:53"}, addr: "11.9.8.7:53"},
		{allow: []string{"[::1]:80"}, addr: "[::1]:80", want: true},
		{allow: []string{"*:443"}, deny: true, addr: "9.9.9.9:443", want: true},
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
		policy, err := o.netPolicy()
		if err != nil {
			t.Errorf("%+v: %v", tc, err)
			continue
		}
		addr, _ := netip.ParseAddrPort(tc.addr) // not valid without
		if got := policy == nil || policy(tc.name, addr); got != tc.want {
			t.Errorf("%+v: allowed %t", tc, got)
		}
	}
	for _, text := range []string{"", "host", "host:", "host:0", "host:65536", "host:http", ":80", "[::1]", "a b:80", "::1:80x", "1.2.3.4/99:80"} {
		if _, err := parseNetRule(text); err == nil {
			t.Errorf("rule %q is accepted", text)
		}
	}
}
