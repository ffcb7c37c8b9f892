package serve

import (
	"context"
	"os"
	"time"
)

// glance is how often the file is looked at.
const glance = 300 * time.Millisecond

// watch has a newer file take the place of the one that is served, once it has been the
// same for two glances, until ctx ends.
func (s *Server) watch(ctx context.Context) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	var seen os.FileInfo
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := os.Stat(s.options.Path)
		switch {
		case err != nil || same(now, s.file):
			seen = nil
		case seen == nil || !same(now, seen):
			seen = now
		default:
			s.file, seen = now, nil
			s.Reload(ctx)
		}
	}
}

// same reports whether two looks at a file have found the same.
func same(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// Reload has the file as it is now answer later requests. One that cannot be served changes
// nothing.
func (s *Server) Reload(ctx context.Context) {
	p, err := s.options.load(ctx)
	if err != nil {
		s.stats.failed.Add(1)
		s.say("the newer " + s.options.Path + " is not served: " + err.Error() + "; the older one still is")
		return
	}
	s.stats.loaded.Add(1)
	s.replace(ctx, p)
	s.say("serving the newer " + s.options.Path)
}

func (s *Server) say(text string) {
	if s.options.Say != nil {
		s.options.Say(text)
	}
}
