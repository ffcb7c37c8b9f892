package machine

// PreferLargePages asks the system to back what it can of b, memory that has not been touched, by large pages,
// if it has them: to fault in small ones one by one takes longer than most that is done with them.
func PreferLargePages(b []byte) { preferLargePages(b) }
