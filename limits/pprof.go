package limits

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/internal/wasm"
)

// pprof writes a profile.proto of github.com/google/pprof. Its messages are flat
// enough to be written as they are.
type pprof struct {
	out       []byte
	names     []wasm.Names // by the numbers of modules
	locations map[uint64]uint64
	strings   map[string]uint64
	table     []string
}

// The fields of the messages that are written.
const (
	profileSampleType    = 1
	profileSample        = 2
	profileLocation      = 4
	profileFunction      = 5
	profileString        = 6
	profileDefaultSample = 14

	valueType, valueUnit         = 1, 2
	sampleLocation, sampleValue  = 1, 2
	locationID, locationLine     = 1, 4
	lineFunction                 = 1
	functionID, functionName     = 1, 2
	functionSystemName, fileName = 3, 4
)

// newPprof begins a profile whose samples have a number of events, of instructions and
// of nanoseconds.
func newPprof(names []wasm.Names, events string) *pprof {
	p := &pprof{names: names, locations: map[uint64]uint64{}, strings: map[string]uint64{}}
	p.str("")
	for _, t := range [][2]string{{events, "count"}, {"instructions", "count"}, {"time", "nanoseconds"}} {
		var v []byte
		v = number(v, valueType, p.str(t[0]))
		v = number(v, valueUnit, p.str(t[1]))
		p.out = message(p.out, profileSampleType, v)
	}
	p.out = number(p.out, profileDefaultSample, p.str("time"))
	return p
}

// str is the number of s in the table of strings.
func (p *pprof) str(s string) uint64 {
	n, ok := p.strings[s]
	if !ok {
		n = uint64(len(p.table))
		p.strings[s] = n
		p.table = append(p.table, s)
	}
	return n
}

// location is the number of the one place that a function has here.
func (p *pprof) location(function uint64) uint64 {
	if id, ok := p.locations[function]; ok {
		return id
	}
	id := uint64(len(p.locations) + 1)
	p.locations[function] = id
	names := &p.names[function>>32]
	name := names.FuncName(uint32(function))
	if name == "" {
		name = fmt.Sprintf("func[%d]", uint32(function))
	}
	var f []byte
	f = number(f, functionID, id)
	f = number(f, functionName, p.str(name))
	f = number(f, functionSystemName, p.str(name))
	f = number(f, fileName, p.str(names.Module))
	p.out = message(p.out, profileFunction, f)
	l := number(nil, locationID, id)
	l = message(l, locationLine, number(nil, lineFunction, id))
	p.out = message(p.out, profileLocation, l)
	return id
}

// sample adds the values of a chain of locations, the innermost first.
func (p *pprof) sample(chain []uint64, values ...int64) {
	var locations, numbers []byte
	for _, id := range chain {
		locations = binary.AppendUvarint(locations, id)
	}
	for _, v := range values {
		numbers = binary.AppendUvarint(numbers, uint64(v))
	}
	s := message(nil, sampleLocation, locations)
	p.out = message(p.out, profileSample, message(s, sampleValue, numbers))
}

func (p *pprof) writeTo(w io.Writer) (int64, error) {
	for _, s := range p.table {
		p.out = message(p.out, profileString, []byte(s))
	}
	z := gzip.NewWriter(w)
	n, err := z.Write(p.out)
	if err != nil {
		return int64(n), err
	}
	return int64(n), z.Close()
}

// number appends a field that is a number (wire type 0).
func number(b []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3), v)
}

// message appends a field that is a string of bytes (wire type 2).
func message(b []byte, field int, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(field)<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}
