package machine

// ReleaseProgram takes the pages of the program's own file that are in memory from the process, where the system lets
// it: those that are still needed come back when they are touched, and those that only its start has needed do not.
func ReleaseProgram() { releaseProgram() }
