package preinit

// Segment is a segment, for tests.
type Segment struct {
	At    int
	Bytes []byte
}

// SegmentsOf is segmentsOf, for tests.
func SegmentsOf(b []byte) []Segment {
	var list []Segment
	for _, s := range segmentsOf(b) {
		list = append(list, Segment{int(s.at), s.bytes})
	}
	return list
}
