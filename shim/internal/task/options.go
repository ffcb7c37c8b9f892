//go:build linux

package task

import (
	"fmt"
	"os"

	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/api/types/runtimeoptions/v1"
	"github.com/containerd/typeurl/v2"
	"github.com/pelletier/go-toml/v2"
	"google.golang.org/protobuf/types/known/anypb"
)

// readOptions reads what the request to create a container says of the runtime: as for runc, or
// as the CRI plugin hands on the configuration of a runtime that it does not know.
func readOptions(any *anypb.Any) (*options.Options, error) {
	if any.GetValue() == nil {
		return &options.Options{}, nil
	}
	v, err := typeurl.UnmarshalAny(any)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *options.Options:
		return v, nil
	case *runtimeoptions.Options:
		return parseOptions(v)
	}
	return nil, fmt.Errorf("options of the type %T are none of runc's", v)
}

// parseOptions reads options in TOML, with the names that runc's have in containerd's configuration.
func parseOptions(from *runtimeoptions.Options) (*options.Options, error) {
	text := from.GetConfigBody()
	if len(text) == 0 && from.GetConfigPath() != "" {
		var err error
		if text, err = os.ReadFile(from.GetConfigPath()); err != nil {
			return nil, err
		}
	}
	var o struct {
		NoPivotRoot, NoNewKeyring, SystemdCgroup bool
		ShimCgroup, BinaryName, Root             string
		CriuWorkPath, CriuImagePath              string
		IoUid, IoGid                             uint32
	}
	if err := toml.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("the runtime's options: %w", err)
	}
	return &options.Options{
		NoPivotRoot: o.NoPivotRoot, NoNewKeyring: o.NoNewKeyring, SystemdCgroup: o.SystemdCgroup,
		ShimCgroup: o.ShimCgroup, BinaryName: o.BinaryName, Root: o.Root,
		CriuWorkPath: o.CriuWorkPath, CriuImagePath: o.CriuImagePath, IoUid: o.IoUid, IoGid: o.IoGid,
	}, nil
}
