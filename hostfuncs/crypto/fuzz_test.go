package crypto

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// A program is a list of calls: a byte for the function, and one for each parameter that says
// what it is, in terms of what a guest could come by.

// fuzzNames are names of algorithms and options, and others.
var fuzzNames = []string{
	"", "SHA-256", "SHA-512/256", "HMAC/SHA-256", "HKDF-EXTRACT/SHA-512", "HKDF-EXPAND/SHA-512", "AES-128-GCM", "AES-256-GCM",
	"CHACHA20-POLY1305", "XCHACHA20-POLY1305", "XOODYAK-128", "Ed25519", "ECDSA_P256_SHA256", "ECDSA_P384_SHA384", "ECDSA_K256_SHA256",
	"RSA_PKCS1_2048_SHA256", "RSA_PSS_2048_SHA512", "X25519", "P256-SHA256", "P384-SHA384", "ML-KEM-768", "X-WING", "KYBER768",
	"nonce", "context", "ops_limit", "buffer", "expiration", strings.Repeat("x", 100),
}

// fuzzNumbers are lengths and other numbers.
var fuzzNumbers = []uint64{
	0, 1, 2, 3, 4, 5, 12, 16, 20, 24, 31, 32, 33, 48, 64, 65, 96, 97, 256, 1184, 2400, 1 << 16, 1<<16 + 1,
	1<<20 - 1, 1 << 20, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 8, 1<<32 - 1, latestVersion, allVersions,
}

const (
	fuzzTexts   = pageSize         // where the names are
	fuzzOptions = pageSize + 4<<10 // where optional handles are
	fuzzData    = pageSize + 8<<10
)

// program runs calls. functions are those that are called most.
type program struct {
	*caller
	code    []byte
	texts   []uint64 // addresses of fuzzNames
	handles []uint64 // that results have been
	nested  int      // the last optional handle that was written
}

func newProgram(t *testing.T, code []byte) *program {
	p := &program{caller: newCaller(t, Config{MaxMemory: 8 << 20}), code: code}
	p.next = fuzzTexts
	for _, n := range fuzzNames {
		p.texts = append(p.texts, p.put([]byte(n)))
	}
	for i := range 4 << 10 {
		p.mem.b[fuzzData+i] = byte(i * 7)
	}
	return p
}

func (p *program) byte() byte {
	if len(p.code) == 0 {
		return 0
	}
	b := p.code[0]
	p.code = p.code[1:]
	return b
}

// of is the element that b says.
func of[T any](list []T, b byte) (v T) {
	if len(list) > 0 {
		v = list[int(b)%len(list)]
	}
	return v
}

// argument is a value for the parameter name.
func (p *program) argument(name string, last uint64) uint64 {
	b := p.byte()
	if b >= 0xf8 { // whatever
		var raw [8]byte
		p.code = p.code[copy(raw[:], p.code):]
		return binary.LittleEndian.Uint64(raw[:])
	}
	switch {
	case name == "algorithm" || name == "name":
		return of(p.texts, b)
	case name == "algorithm_len" || name == "name_len":
		for i, at := range p.texts {
			if at == last {
				return uint64(len(fuzzNames[i]))
			}
		}
		return of(fuzzNumbers, b)
	case strings.HasSuffix(name, "_len") || strings.HasSuffix(name, "version") || name == "value" || name == "expiration":
		return of(fuzzNumbers, b)
	case name == "optional":
		p.nested = (p.nested + 8) % 4096
		at := p.mem.b[fuzzOptions+p.nested:]
		at[0] = b & 1
		abi.Put32(at[4:], uint32(of(p.handles, b>>1)))
		return uint64(fuzzOptions + p.nested)
	case name == "address":
		return fuzzData + uint64(b)*8
	case name == "encoding" || name == "algorithm_type":
		return uint64(b % 5)
	}
	return p.handleOf(name, b)
}

// handleOf is a handle of what the parameter name is for, if there is one, or else of anything.
func (p *program) handleOf(name string, b byte) uint64 {
	k, known := map[string]kind{
		"array_output": outputKind, "options": optionsKind, "secrets_manager": managerKind, "keypair": keypairKind,
		"kp_old": keypairKind, "kp_new": keypairKind, "publickey": publickeyKind, "secretkey": secretkeyKind, "signature": signatureKind,
		"key": symmetricKeyKind, "key_old": symmetricKeyKind, "key_new": symmetricKeyKind, "tag": tagKind, "symmetric state": symmetricStateKind,
		"signature state": signingKind, "verification state": verificationKind,
	}[name]
	var list []uint64
	for _, n := range p.handles {
		if kind(n) == k {
			list = append(list, n)
		}
	}
	if known && b&7 != 0 && len(list) > 0 {
		return of(list, b>>3)
	}
	return of(p.handles, b)
}

// prepare gives the guest an object of each kind, and several keys.
func (p *program) prepare() {
	p.next = 2 * fuzzData
	add := func(n uint64) uint64 {
		p.handles = append(p.handles, n)
		return n
	}
	raw := bytes.Repeat([]byte{5}, 64)
	for u, names := range [][]string{forSignatures: {"ECDSA_P256_SHA256", "ECDSA_K256_SHA256", "Ed25519"}, forKeyExchange: {"P256-SHA256", "X25519", "ML-KEM-768"}} {
		for _, name := range names {
			length := 32
			if name == "ML-KEM-768" {
				length = 64
			}
			sk, e := p.imported("secretkey", use(u), name, raw[:length], 0)
			if e != success {
				p.t.Fatal(name, e)
			}
			pk := add(p.handle("publickey_from_secretkey", add(sk)))
			pair := add(p.handle("keypair_from_pk_and_sk", pk, sk))
			if use(u) == forSignatures {
				s := add(p.handle("signature_state_open", pair))
				add(p.handle("signature_verification_state_open", pk))
				add(p.handle("signature_state_sign", s))
			}
		}
	}
	for _, name := range []string{"AES-128-GCM", "XCHACHA20-POLY1305", "HMAC/SHA-256", "HKDF-EXTRACT/SHA-512", "HKDF-EXPAND/SHA-512"} {
		a, _ := symmetricNamed(name)
		key := p.key(name, raw[:a.keyLen])
		text, n := p.text(name)
		add(key)
		add(p.handle("symmetric_state_open", text, n, p.some(key), p.nonce(raw[:12*(1+len(name)/18)])))
	}
	add(p.state("SHA-256", nil, p.none()))
	add(p.handle("secrets_manager_open", p.none()))
	add(p.handle("symmetric_key_export", p.key("AES-128-GCM", raw[:16])))
	p.next = pageSize
}

// step makes a call of one of the functions.
func (p *program) step(f *abi.Function, names []string) {
	args := make([]uint64, len(f.Type.Params))
	for i := range args {
		var last uint64
		if i > 0 {
			last = args[i-1]
		}
		args[i] = p.argument(names[i], last)
	}
	if strings.HasPrefix(f.Name, "keypair_generate") && slowName(p.mem.b, args) {
		return
	}
	e := p.errno(f.Name, args...)
	if e > expired {
		p.t.Fatalf("%s returns %d", f.Name, e)
	}
	for i, name := range names {
		if e == success && name == "address" {
			if at, ok := abi.MemoryOf(p.mem).U32(abi.Ptr32(args[i])); ok {
				p.handles = append(p.handles, uint64(abi.Get32(at)))
			}
		}
	}
}

// slowName reports whether the name of an algorithm is among args whose keys take long to make.
func slowName(mem []byte, args []uint64) bool {
	for _, a := range args {
		if a < uint64(len(mem)) && strings.HasPrefix(strings.ToUpper(string(mem[a:min(a+4, uint64(len(mem)))])), "RSA") {
			return true
		}
	}
	return false
}

// parameters are the names of f's parameters as argument knows them.
func parameters(f *abi.Function) []string {
	names := f.ParameterNames()
	last := len(names) - 1
	for i, n := range names {
		switch {
		case i == last && i > 0 && n != "encoding" && !strings.HasSuffix(n, "_len") && !strings.HasSuffix(n, "version") && !strings.HasSuffix(f.Name, "_verify"):
			names[i] = "address"
		case n == "options" && (strings.Contains(f.Name, "generate") || strings.HasSuffix(f.Name, "_open")), n == "key" && f.Name == "symmetric_state_open":
			names[i] = "optional"
		case strings.HasSuffix(n, "_id"), strings.HasSuffix(n, "secret"), n == "buf", n == "data", n == "out", n == "raw", n == "encoded",
			n == "input", n == "buffer", n == "expected", n == "batch", n == "states", n == "size":
			names[i] = "address"
		case n == "state" && strings.HasPrefix(f.Name, "symmetric"):
			names[i] = "symmetric state"
		case n == "state" && strings.HasPrefix(f.Name, "signature_state"):
			names[i] = "signature state"
		case n == "state":
			names[i] = "verification state"
		}
	}
	return names
}

// fuzz runs programs that call the functions of ns most of the time.
func fuzz(f *testing.F, ns abi.Namespace) {
	own := ns.(*abi.Table).Functions()
	var all []*abi.Function
	names := map[*abi.Function][]string{}
	for _, t := range allNamespaces() {
		for i := range t.Functions() {
			fn := &t.Functions()[i]
			all = append(all, fn)
			names[fn] = parameters(fn)
		}
	}
	for i := range own {
		f.Add([]byte{byte(i), 1, 2, 3, 4, 5, 6, 7, 8, byte(i), 1, 2, 3, 4, 5, 6, 7, 8})
	}
	random := rand.New(rand.NewPCG(1, uint64(len(own))))
	for range 8 {
		code := make([]byte, 1<<9)
		for i := range code {
			code[i] = byte(random.Uint32())
		}
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		if len(code) > 1<<10 {
			return
		}
		p := newProgram(t, code)
		p.prepare()
		for len(p.code) > 0 {
			b := p.byte()
			if fn := &own[int(b)%len(own)]; b < 0x80 {
				p.step(fn, names[fn])
			} else {
				fn := all[int(p.byte())%len(all)]
				p.step(fn, names[fn])
			}
		}
		if len(p.host.objects) > MaxHandles || p.host.held.Load() > p.host.most {
			t.Errorf("%d objects hold %d bytes", len(p.host.objects), p.host.held.Load())
		}
		p.host.Close()
		if n := p.host.held.Load(); n != 0 {
			t.Errorf("%d bytes are held by nothing", n)
		}
	})
}

func FuzzCommon(f *testing.F)           { fuzz(f, Common()) }
func FuzzAsymmetricCommon(f *testing.F) { fuzz(f, AsymmetricCommon()) }
func FuzzSignatures(f *testing.F)       { fuzz(f, Signatures()) }
func FuzzSymmetric(f *testing.F)        { fuzz(f, Symmetric()) }
func FuzzKeyExchange(f *testing.F)      { fuzz(f, KeyExchange()) }
func FuzzExternalSecrets(f *testing.F)  { fuzz(f, ExternalSecrets()) }
func FuzzBatches(f *testing.F)          { fuzz(f, SymmetricBatch()) }
