package cli

// Options is what a command line asks for, as typed: conflicts and precedence
// are settled where an option takes effect.
type Options struct {
	// Running a module.
	Reactor          bool
	RunMode          string
	EnableJIT        bool
	ForceInterpreter bool
	ColdStart        string
	Modules          []string

	// Serving.
	Addr           string
	MetricsAddr    string
	CGI            bool
	MaxConcurrency uint64
	MaxQueue       uint64
	AccessLog      string

	// What the guest gets to see.
	Dirs             []string
	Env              []string
	EnvFiles         []string
	InheritEnv       bool
	AllowUnixSockets bool
	AllowNet         []string
	DenyNet          bool
	ForbiddenPlugins []string
	Plugins          []string
	CryptoKeys       string
	NNPreloads       []string

	// Limits. The lists hold every value given; the last one counts.
	TimeLimit        uint64 // milliseconds; 0 is none
	GasLimit         []int64
	GasCostTable     string
	MemoryPageLimit  []int64
	MaxCallDepth     uint64
	MaxTableElements uint64
	MaxMemory        uint64 // bytes
	MaxOpenFiles     uint64
	MaxThreads       uint64
	MaxOutput        uint64 // bytes
	GCHeapLimit      uint64 // bytes

	// Statistics.
	CountInstructions  bool
	MeasureGas         bool
	MeasureTime        bool
	AllStatistics      bool
	StatisticsFormat   string
	StatisticsFile     string
	StatisticsInterval uint64 // milliseconds; 0 for the end alone
	Profile            string

	// Standards and proposals, by the names of their options.
	Proposals switches

	// Compiling and the cache.
	Dump          bool
	Interruptible bool
	GenericBinary bool
	Optimize      string
	Target        string
	Sign          string
	CacheDir      string
	NoCache       bool
	CacheSize     uint64 // bytes
	JSON          bool
	Output        string
	Func          string
	RenameFuncs   []string
	AllowWASI     bool
	Runtime       string
	Largest       uint64
	WIT           bool

	// Log and diagnosis.
	LogLevel           string
	LogStream          string
	Trace              string
	Diagnose           string
	StopAt             uint64
	Coredump           bool
	CoredumpForWasmgdb bool
}
