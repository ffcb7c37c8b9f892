package diagnose

import "github.com/wazedge/wazedge/internal/debuginfo"

// Trapped is what there is to tell to a person of a trap.
type Trapped struct {
	Places  [][]debuginfo.Place // of the frames
	subject *Subject
	frames  []Frame
	info    *debuginfo.Info
}

// Trapped tells where in their source frames of s, of which there are some, are: those of instances that it
// imports from, such as plug-ins, by their own modules. beside reads the file of that name beside the module of s.
func (s *Subject) Trapped(frames []Frame, beside func(name string) []byte) *Trapped {
	family := s.family()
	infos := make([]*debuginfo.Info, len(family))
	t := &Trapped{subject: family[frames[0].Instance], frames: frames}
	for _, f := range frames {
		info := infos[f.Instance]
		if info == nil {
			of, files := family[f.Instance], beside
			if of != s {
				files = nil
			}
			info = debuginfo.New(of.Module, of.CodeOffset, files)
			infos[f.Instance] = info
		}
		t.Places = append(t.Places, info.Places(f.Function, f.Offset))
	}
	t.info = infos[frames[0].Instance]
	return t
}

// Around are the instructions around that of the innermost frame, n on each side at most.
func (t *Trapped) Around(n int) []Line { return t.subject.Around(t.frames[0], n) }

// own is how many of the innermost frames are of one instance.
func (t *Trapped) own() int {
	for n, f := range t.frames {
		if f.Instance != t.frames[0].Instance {
			return n
		}
	}
	return len(t.frames)
}
