package cli

// command is one thing that the program does.
type command struct {
	name string
	// brief is the line of wazedge's help.
	brief string
	// sample is what may stand behind the name.
	sample string
	// wasmedge is WasmEdge's description; a command without it is only wazedge's.
	wasmedge    string
	tools       tools
	guest       bool // it runs a guest, whose words are behind the first, and whose log goes where run's does
	positionals []positional
	children    []*command
	run         func(p *Process, l line) int
}

var (
	moduleAndArguments = []positional{{metavar: "WASM_OR_SO"}, {metavar: "ARG", many: true}}
	inputAndOutput     = []positional{{metavar: "WASM"}, {metavar: "WASM_SO"}}
)

// The commands that WasmEdge has.
var (
	runCommand = command{
		name: "run", brief: "run a module (also without saying run)", sample: "--dir . app.wasm in.txt",
		wasmedge: "Wasmedge runtime tool subcommand",
		tools:    toolRun, positionals: moduleAndArguments, run: runModule,
	}
	compileCommand = command{
		name: "compile", brief: "prepare a module, so that it starts at once", sample: "app.wasm app-compiled.wasm",
		wasmedge: "Wasmedge compiler subcommand",
		tools:    toolCompile, positionals: inputAndOutput, run: compileModule,
	}
)

// wasmedgeCommands are the sub-commands of WasmEdge in the order of its help.
func wasmedgeCommands() []*command { return []*command{&compileCommand, &runCommand} }

// ownCommands are the sub-commands of wazedge in the order of its help.
func ownCommands() []*command {
	return []*command{
		&runCommand,
		&compileCommand,
		{name: "serve", brief: "answer HTTP requests by a component, or by a program as CGI", sample: "app.wasm --addr 127.0.0.1:8080", tools: toolServe, positionals: moduleAndArguments, run: serveFile},
		{name: "record", brief: "run a module and record what the host answers it", sample: "app.wasm", tools: toolRun | toolRecord, guest: true, positionals: moduleAndArguments, run: recordModule},
		{name: "replay", brief: "run what a record has again, without the host", sample: "app.wzr", tools: toolReplay, guest: true, positionals: []positional{{metavar: "RECORD"}}, run: replayRecord},
		{name: "stat", brief: "run a module and count what it does", sample: "app.wasm", tools: toolRun | toolStat, guest: true, positionals: moduleAndArguments, run: countModule},
		{name: "parse", brief: "print modules and components as text", sample: "app.wasm", tools: toolCheck | toolParse, positionals: []positional{{metavar: "WASM"}, {metavar: "WASM", many: true}}, run: parseModules},
		{name: "validate", brief: "validate modules and components", sample: "app.wasm", tools: toolCheck | toolValidate, positionals: []positional{{metavar: "WASM"}, {metavar: "WASM", many: true}}, run: validateModules},
		{name: "instantiate", brief: "read, validate and link a module, and run what runs at that", sample: "app.wasm", tools: toolInstantiate, positionals: []positional{{metavar: "WASM"}}, run: instantiateModule},
		imageCommand(),
		cacheCommand(),
		trustCommand(),
		{name: "inspect", brief: "tell what a module imports, exports, takes, and who provides it", sample: "app.wasm", tools: toolInspect, positionals: []positional{{metavar: "WASM"}}, run: inspectModule},
		{name: "bundle", brief: "make one program of a module and this runtime", sample: "app.wasm -o app --dir .", tools: toolRun | toolBundle, positionals: []positional{{metavar: "WASM"}}, run: bundleModule},
		{name: "preinit", brief: "write a module as it is when it has been initialised", sample: "app.wasm -o out.wasm", tools: toolPreinit, positionals: []positional{{metavar: "WASM"}}, run: preinitModule},
		{name: "doctor", brief: "look at the installation, and say what does not work", tools: toolDoctor, run: examine},
		{name: "explain", brief: "say what an error code or exit status means, and what to do", sample: "0x302", tools: toolTrust, positionals: []positional{{metavar: "CODE", many: true}}, run: explainCode},
		{name: "plugins", brief: "list the plug-ins and their functions", tools: toolPlugins, run: listPlugins},
		{name: "completion", brief: "print a completion script: bash, zsh or fish", sample: "bash", positionals: []positional{{metavar: "SHELL"}, {metavar: "WORD", many: true}}, run: printCompletion},
		{name: "man", brief: "print the manual page", run: printManual},
		{name: "version", brief: "print the versions", run: printVersion},
		{name: "help", brief: "explain a command or a group of options", positionals: []positional{{metavar: "TOPIC", many: true}}, run: printHelpTopic},
	}
}

// commandWords are the names of commands.
func commandWords(commands []*command) []string {
	words := make([]string, len(commands))
	for n, c := range commands {
		words[n] = c.name
	}
	return words
}
