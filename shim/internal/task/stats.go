//go:build linux

package task

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	"google.golang.org/protobuf/encoding/protowire"
)

// What a guest has used is a field of the message of metrics that neither of containerd's
// own messages for metrics has, so that whoever does not know it skips it. It is a message of the
// unsigned numbers below.
const (
	guestField protowire.Number = 15000

	gasField protowire.Number = iota
	instructionsField
	totalTimeField // nanoseconds
)

// used is what a guest has used, as wazedge writes it at its end.
type used struct {
	Gas          uint64 `json:"gas"`
	Instructions uint64 `json:"instructions"`
	TotalTime    uint64 `json:"total_ns"`
}

// appendTo is the message b with the field.
func (u used) appendTo(b []byte) []byte {
	var m []byte
	for n, v := range map[protowire.Number]uint64{gasField: u.Gas, instructionsField: u.Instructions, totalTimeField: u.TotalTime} {
		m = protowire.AppendVarint(protowire.AppendTag(m, n, protowire.VarintType), v)
	}
	return protowire.AppendBytes(protowire.AppendTag(b, guestField, protowire.BytesType), m)
}

// statisticsFile is where wazedge-oci has a container's guest write what it has used.
const statisticsFile = "wazedge-statistics.json"

// Stats are the metrics of a container's control group, with what its guest has used if that
// is counted and the guest has ended.
func (s *service) Stats(ctx context.Context, r *taskAPI.StatsRequest) (*taskAPI.StatsResponse, error) {
	response, err := s.TTRPCTaskService.Stats(ctx, r)
	if err != nil || response.GetStats() == nil {
		return response, err
	}
	s.mu.Lock()
	bundle := s.bundles[r.ID]
	s.mu.Unlock()
	if u, ok := readUsed(bundle); ok {
		response.Stats.Value = u.appendTo(response.Stats.Value)
	}
	return response, nil
}

// readUsed reads what the guest of the container in bundle has used. The file is written by
// a process of the container.
func readUsed(bundle string) (u used, ok bool) {
	const enough = 4096
	name := filepath.Join(bundle, statisticsFile)
	info, err := os.Lstat(name)
	if bundle == "" || err != nil || info.Mode().Type() != 0 || info.Size() > enough {
		return u, false
	}
	text, err := os.ReadFile(name)
	return u, err == nil && json.Unmarshal(text, &u) == nil
}
