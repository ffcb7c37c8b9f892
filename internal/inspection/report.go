// Package inspection tells what there is to know of a module without running it: what it
// imports and who provides that here, what it exports, what it makes use of, what takes
// how much room, what code it brings along, and how long it takes to compile.
package inspection

import (
	"time"

	"github.com/wazedge/wazedge/internal/prepare"
)

// Report is what is told of a file. Its JSON is what `wazedge inspect --json` prints:
// fields are added, never changed; docs/INSPECT.md describes them.
type Report struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`   // module, component or bundle
	Format string `json:"format"` // binary, text or universal
	Bytes  int64  `json:"bytes"`  // of the file
	Module int64  `json:"moduleBytes"`
	Valid  bool   `json:"valid"`
	Error  string `json:"error,omitempty"` // why it is not, or could not be run here
	Advice string `json:"advice,omitempty"`

	Entry     string      `json:"entry,omitempty"` // command, reactor or http
	Start     bool        `json:"startFunction,omitempty"`
	Imports   []Namespace `json:"imports"`
	Exports   []Item      `json:"exports"`
	Memories  []Memory    `json:"memories"`
	Features  []Feature   `json:"features"`
	Producers []Producer  `json:"producers"`
	Debug     []string    `json:"debug"` // kinds of debugging information: names, dwarf, sourceMap

	CoreModules []CoreModule `json:"coreModules,omitempty"` // of a component

	Counts    Counts     `json:"counts"`
	Sections  []Section  `json:"sections"`
	Functions []Function `json:"functions"` // the largest, the largest first

	Compile *Compile           `json:"compile,omitempty"` // of a valid module
	Code    []prepare.Embedded `json:"code"`
	Bundle  *Bundle            `json:"bundle,omitempty"`
}

// Namespace is a module that is imported from.
type Namespace struct {
	Name     string `json:"name"`
	Provider string `json:"provider"` // wasi, plugin, mock, module or nobody
	By       string `json:"by,omitempty"`
	Advice   string `json:"advice,omitempty"`
	Items    []Item `json:"items"`
}

// Item is an import or export.
type Item struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // function, table, memory, global or tag
	Type     string `json:"type"` // as the text format has it
	Provided *bool  `json:"provided,omitempty"`
	Why      string `json:"why,omitempty"` // it is not
}

// Memory is a memory, imported or the module's own.
type Memory struct {
	Min      uint64  `json:"minPages"`
	Max      *uint64 `json:"maxPages,omitempty"`
	Shared   bool    `json:"shared,omitempty"`
	Addr64   bool    `json:"addresses64,omitempty"`
	Imported bool    `json:"imported,omitempty"`
}

// Feature is a proposal that the module makes use of.
type Feature struct {
	Name   string `json:"name"`
	Since  string `json:"since"`            // the standard that has taken it up, or "proposal"
	Option string `json:"option,omitempty"` // without which it is off
}

// Producer is a tool that says that it has had a part in the module.
type Producer struct {
	Field   string `json:"field"` // language, processed-by, sdk
	Name    string `json:"name"`
	Version string `json:"version"`
}

// CoreModule is a module within a component.
type CoreModule struct {
	Name      string   `json:"name,omitempty"` // what it calls itself
	Bytes     int      `json:"bytes"`
	Functions int      `json:"functions"` // of its own
	Memories  []Memory `json:"memories"`
}

// Counts are how many there are of each, imports included.
type Counts struct {
	Types     int `json:"types"`
	Functions int `json:"functions"`
	Tables    int `json:"tables"`
	Memories  int `json:"memories"`
	Globals   int `json:"globals"`
	Tags      int `json:"tags"`
	Elements  int `json:"elementSegments"`
	Data      int `json:"dataSegments"`
}

// Section is a section of the binary format.
type Section struct {
	Name   string `json:"name"` // of a custom section, its own
	Custom bool   `json:"custom,omitempty"`
	Offset int64  `json:"offset"` // of the contents
	Bytes  int64  `json:"bytes"`
}

// Function is one of the module's own functions.
type Function struct {
	Index uint32 `json:"index"`
	Name  string `json:"name,omitempty"`
	Bytes int    `json:"bytes"`
}

// Compile is how long compiling the module takes, about, on one core of a usual machine.
type Compile struct {
	Time        time.Duration `json:"nanoseconds"`
	Interpreted bool          `json:"interpreted"` // as compiling would take out of all proportion
}

// Bundle is what a program that wazedge bundle has made says of itself.
type Bundle struct {
	Name    string   `json:"name"`
	Target  string   `json:"target"`
	Options []string `json:"options"`
}
