package preinit

import "encoding/binary"

// segment is a part of a memory that is not zero. It has bytes of its own.
type segment struct {
	at    uint64
	bytes []byte
}

const (
	// gap is how many zeros between two parts are better written than skipped: a segment
	// takes some ten bytes beside its contents.
	gap = 16
	// maxSegments is how many segments a memory becomes: engines have bounds of their
	// number, and take time for each.
	maxSegments = 10_000
)

// segmentsOf are the parts of a memory that are not zero, in few enough segments.
func segmentsOf(b []byte) []segment {
	runs := runsOf(b)
	for between := gap; len(runs) > maxSegments; between *= 4 {
		runs = merged(runs, between)
	}
	segments := make([]segment, len(runs))
	for n, r := range runs {
		segments[n] = segment{uint64(r.from), append([]byte(nil), b[r.from:r.to]...)}
	}
	return segments
}

// run is a range of bytes.
type run struct{ from, to int }

// runsOf are the ranges of b that are not zero, less gaps of few zeros.
func runsOf(b []byte) []run {
	var runs []run
	for i := 0; i < len(b); {
		if len(b)-i >= 8 && binary.LittleEndian.Uint64(b[i:]) == 0 {
			i += 8
			continue
		}
		if b[i] == 0 {
			i++
			continue
		}
		if n := len(runs); n > 0 && i-runs[n-1].to < gap {
			runs[n-1].to = i + 1
		} else {
			runs = append(runs, run{i, i + 1})
		}
		i++
	}
	return runs
}

// merged are the runs with those joined that have at most between bytes between them.
func merged(runs []run, between int) []run {
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.from-out[n-1].to <= between {
			out[n-1].to = r.to
		} else {
			out = append(out, r)
		}
	}
	return out
}
