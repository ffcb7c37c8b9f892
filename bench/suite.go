package main

// A Suite is a section of RESULTS.md: cases that are measured in one go.
type Suite struct {
	Name  string // as -suite takes it
	Title string // what is measured, in a line
	Notes string // what a reader of the figures has to know, as Markdown; may be empty
	// RowOverFirst turns the ratios round: each row divided by its case's first, with a summary below. It is
	// for suites whose rows are ways of ours to do the same.
	RowOverFirst bool
	// Chart is the title of a chart of the time of the processor; empty for none.
	Chart string
	// Cases prepares the work in the bench's directory and says what to run.
	Cases func(*Bench) ([]Case, error)
}

// A Case is one piece of work that several commands do.
type Case struct {
	Name     string
	Rounds   int // measured rounds; one more comes first and is not counted
	Commands []Command
	// AnyOutput says that the commands need not print the same on standard output.
	AnyOutput bool
	// Discard connects standard output to the null device, where writing costs least.
	Discard bool
	// Check is run after each command of the first round and says whether the work was done; may be nil.
	Check func() error
}

// A Command is one way of doing a case. The first of a case is what the others are compared with.
type Command struct {
	Label string
	Path  string
	Args  []string
	Env   []string // added to the bench's own small environment
	First []string // added for the round that does not count
	Stdin string   // a file, or empty for none
	Dir   string   // working directory; empty for the bench's
	// Before is run before each run, unmeasured: it empties a cache, say. May be nil.
	Before func() error
}

// suites holds every suite, in the order of their sections in RESULTS.md.
var suites = []Suite{
	startupSuite,
	compileSuite,
	sortSuite,
	meteringSuite,
	threadsSuite,
	wasiSuite,
	socketsSuite,
	loweringSuite,
	gcSuite,
	cacheSuite,
	programsSuite,
	realSuite,
}
