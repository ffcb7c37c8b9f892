package diagnose

import "github.com/wazedge/wazedge/internal/debuginfo"

// Trapped is what there is to tell to a person of a trap.
type Trapped struct {
	Places  [][]debuginfo.Place // of the frames
	subject *Subject
	frames  []Frame
	info    *debuginfo.Info
}

// Trapped tells where in their source frames of s, of which there are some, are. beside
// reads the file of that name beside the module.
func (s *Subject) Trapped(frames []Frame, beside func(name string) []byte) *Trapped {
	info := debuginfo.New(s.Module, s.CodeOffset, beside)
	t := &Trapped{subject: s, frames: frames, info: info}
	for _, f := range frames {
		if f.File != frames[0].File {
			break // of another module
		}
		t.Places = append(t.Places, info.Places(f.Function, f.Offset))
	}
	return t
}

// Around are the instructions around that of the innermost frame, n on each side at most.
func (t *Trapped) Around(n int) []Line { return t.subject.Around(t.frames[0], n) }
