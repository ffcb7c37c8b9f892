package prepare

import (
	"io"
	"os"
	"slices"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/universal"
)

// Embedded is the code that a module brings along for one way of running it.
type Embedded struct {
	Variant  string    `json:"variant"` // the options that it is for
	Plan     []string  `json:"plan"`    // what has decided it
	Bytes    int64     `json:"bytes"`
	Made     time.Time `json:"made"`
	SignedBy string    `json:"signedBy,omitempty"` // fingerprint of the key that it claims
	Voucher  string    `json:"voucher,omitempty"`  // whom of those that the user trusts it is by
	Executed bool      `json:"executed"`           // by this user, here, with these options
	Why      string    `json:"why,omitempty"`      // it is not
}

// Inspect tells what code the module in the file path brings along, and whether it would be executed by the user of trust. It
// returns the size of the module without it. The error is a [*fault.Error].
func Inspect(path string, trust *cache.Keyring) (size int64, list []Embedded, err error) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var info os.FileInfo
		if info, err = f.Stat(); err == nil && info.Mode().IsRegular() {
			skip := scriptLine(f)
			size, list = InspectModule(io.NewSectionReader(f, skip, info.Size()-skip), trust)
			return size, list, nil
		}
	}
	return 0, nil, inFile(&fault.Error{Code: fault.IllegalPath, Offset: -1, Err: err}, absolute(path))
}

// InspectModule is [Inspect] for the module f.
func InspectModule(f *io.SectionReader, trust *cache.Keyring) (size int64, list []Embedded) {
	size, entries := universal.Find(f, f.Size())
	for _, e := range slices.Backward(entries) {
		list = append(list, embedded(e, trust))
	}
	return size, list
}

// embedded describes e.
func embedded(e *cache.Entry, trust *cache.Keyring) Embedded {
	d := Embedded{Variant: e.Variant, Plan: e.Plan, Bytes: e.Bytes(), Made: e.Created}
	if public := e.SignedBy(); public != nil {
		d.SignedBy = cache.Fingerprint(public)
	}
	switch err := e.Vouch(trust); {
	case err != nil:
		d.Why = err.Error()
	case !madeHere(e.Plan):
		d.Why = "for another machine or version"
	case e.Verify() != nil:
		d.Why = "damaged"
	default:
		d.Executed = true
	}
	d.Voucher = e.Voucher()
	return d
}

// madeHere reports whether a plan that was described so is one of this machine and program.
func madeHere(plan []string) bool {
	for _, generic := range []bool{false, true} {
		p := pipeline.Here(engine.Version)
		p.Processor, _ = engine.Processor(generic)
		if here := p.Machine(); len(plan) >= len(here) && slices.Equal(plan[:len(here)], here) {
			return true
		}
	}
	return false
}
