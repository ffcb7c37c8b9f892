package private

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// enginePath is wazero's module.
const enginePath = "github.com/tetratelabs/wazero"

// Version is that of wazero's which this package was written for.
const Version = "v1.12.0"

// Contract is nil where the engine is the one that this package was written for, and
// else says what is different. It looks at types and versions only, once, and takes
// some ten microseconds.
var Contract = sync.OnceValue(func() error {
	return errors.Join(sameBuild(Build().Deps), sameProcessor(), sameCache())
})

// Build is what this program was built from, as far as the toolchain has written that
// down. It is not to be changed.
var Build = sync.OnceValue(func() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
})

// sameBuild looks for wazero among the modules that the program was built from. Where
// they are not known, as in tests, it has no objection.
func sameBuild(modules []*debug.Module) error {
	for _, m := range modules {
		switch {
		case m.Path != enginePath:
		case m.Replace != nil:
			return fmt.Errorf("the engine is replaced by %s %s", m.Replace.Path, m.Replace.Version)
		case m.Version != Version:
			return fmt.Errorf("the engine is wazero %s, and not %s", m.Version, Version)
		}
	}
	return nil
}

// sameProcessor compares what wazero knows of the processor with what we find.
func sameProcessor() error {
	if own := Detected(); cpuFeatures != own {
		return fmt.Errorf("the engine makes use of %#x in the processor, which has %#x", cpuFeatures, own)
	}
	return nil
}

// sameCache looks whether wazero can be given compiled code.
func sameCache() error {
	if fileCacheOf(newCache()).IsValid() {
		return nil
	}
	return errors.New("the engine does not take compiled code")
}
