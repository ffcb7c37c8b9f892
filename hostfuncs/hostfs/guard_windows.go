package hostfs

// Guard would refuse directories to guests. Here they are told from others by nothing
// but their paths, and it does nothing.
type Guard struct{}

// NewGuard would refuse what is in the directories, and the files.
func NewGuard(directories, files []string) *Guard { return nil }

func (g *Guard) over(handle) (*Guard, error) { return g, nil }
