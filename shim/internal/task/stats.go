//go:build linux

package task

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	"golang.org/x/sys/unix"
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

// used is what a guest has used, as wazedge writes it every second and at its end.
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

// Stats are the metrics of a container's control group, with what its guest has used so far if that
// is counted.
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

// readUsed reads what the guest of the container in bundle has used.
func readUsed(bundle string) (u used, ok bool) {
	if bundle == "" {
		return u, false
	}
	name := filepath.Join(bundle, statisticsFile)
	const attempts = 10
	var before []byte
	for range attempts {
		text, err := readSmall(name)
		if err != nil {
			return u, false
		}
		// It is written in place, in an instant: what is the same twice is nothing half written.
		if bytes.Equal(text, before) && json.Unmarshal(text, &u) == nil {
			return u, true
		}
		before = text
	}
	return u, false
}

// readSmall reads the regular file name, which a process of a container writes.
func readSmall(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const enough = 4096
	text, err := io.ReadAll(io.LimitReader(f, enough+1))
	if err == nil && (!info.Mode().IsRegular() || len(text) > enough) {
		err = errors.New("not a file of statistics")
	}
	return text, err
}
