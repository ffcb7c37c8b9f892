//go:build linux

package e2e

import (
	"context"
	"testing"
	"time"

	tasks "github.com/containerd/containerd/api/services/tasks/v1"
	taskTypes "github.com/containerd/containerd/api/types/task"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	grpcmetadata "google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protowire"
)

// tasks is containerd's own interface to the node's tasks, for what ctr does not tell or is too slow for.
func (n *node) tasks() (tasks.TasksClient, context.Context) {
	n.t.Helper()
	conn, err := grpc.NewClient("unix://"+n.socket(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(grpcmetadata.AppendToOutgoingContext(context.Background(), "containerd-namespace", n.namespace), 5*time.Minute)
	n.t.Cleanup(func() { cancel(); conn.Close() })
	return tasks.NewTasksClient(conn), ctx
}

// TestStatistics states that the metrics of a container whose annotation asks for it have what its guest has used
// so far, more and more while it runs.
func TestStatistics(t *testing.T) {
	n := withImages(t)
	client, ctx := n.tasks()
	n.must("run", "-d", "--runtime", wazedgeRuntime, "--null-io", "--annotation", "wazedge.statistics=true", task, "metered", "/task.wasm", "spin")
	n.must("run", "-d", "--runtime", wazedgeRuntime, "--null-io", task, "unmetered", "/task.wasm", "spin")
	var last []uint64
	for rises := 0; rises < 3; {
		r, err := client.Metrics(ctx, &tasks.MetricsRequest{Filters: []string{"id==metered"}})
		if err != nil || len(r.Metrics) != 1 {
			t.Fatalf("%v, %v", r, err)
		}
		used := guestOf(t, r.Metrics[0].GetData().GetValue())
		if len(used) == 0 {
			continue // it has just begun
		}
		if last == nil || used[0] > last[0] && used[1] > last[1] && used[2] > last[2] {
			last, rises = used, rises+1
		}
	}
	t.Logf("gas %d, instructions %d, %v", last[0], last[1], time.Duration(last[2]))
	r, err := client.Metrics(ctx, &tasks.MetricsRequest{Filters: []string{"id==unmetered"}})
	if err != nil || len(r.Metrics) != 1 || guestOf(t, r.Metrics[0].GetData().GetValue()) != nil {
		t.Errorf("unmetered: %v, %v", r, err)
	}
	for _, id := range []string{"metered", "unmetered"} {
		n.must("task", "kill", "-s", "SIGKILL", id)
		if status := n.status(id); status != 137 {
			t.Errorf("%s: status %d", id, status)
		}
		n.must("container", "rm", id)
	}
}

// guestOf are gas, instructions and nanoseconds of a message of metrics, nil if it has none.
func guestOf(t *testing.T, message []byte) (used []uint64) {
	t.Helper()
	const guest = 15000
	fields(t, message, func(field protowire.Number, value []byte) {
		if field == guest {
			used = make([]uint64, 3)
			fields(t, value, func(field protowire.Number, value []byte) {
				v, _ := protowire.ConsumeVarint(value)
				used[field-1] = v
			})
		}
	})
	return used
}

// fields calls f with each field of a message: with the content of one that has a length.
func fields(t *testing.T, message []byte, f func(protowire.Number, []byte)) {
	t.Helper()
	for len(message) > 0 {
		number, kind, tag := protowire.ConsumeTag(message)
		size := -1
		if tag > 0 {
			size = protowire.ConsumeFieldValue(number, kind, message[tag:])
		}
		if size < 0 {
			t.Fatalf("no message: %x", message)
		}
		value := message[tag : tag+size]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		f(number, value)
		message = message[tag+size:]
	}
}

// TestKilledAtOnce states the status of a container that is told to end as soon as containerd says that it runs.
func TestKilledAtOnce(t *testing.T) {
	n := withImages(t)
	client, ctx := n.tasks()
	n.run(task, "warm", nil, "/task.wasm", "exit", "0") // a module is compiled before its container is created
	times := 5
	if *long {
		times = 50
	}
	for i := range times {
		annotation := "wazedge.statistics=false"
		if i%2 == 1 { // wazedge-oci is the runtime
			annotation = "wazedge.statistics=true"
		}
		cmd := n.command("run", "-d", "--runtime", wazedgeRuntime, "--null-io", "--annotation", annotation, task, "early", "/task.wasm", "spin")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for running := false; !running; {
			r, err := client.Get(ctx, &tasks.GetRequest{ContainerID: "early"})
			running = err == nil && r.Process.Status == taskTypes.Status_RUNNING
			if ctx.Err() != nil {
				t.Fatal(ctx.Err())
			}
		}
		if _, err := client.Kill(ctx, &tasks.KillRequest{ContainerID: "early", Signal: uint32(unix.SIGTERM)}); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("ctr run: %v", err)
		}
		if status := n.status("early"); status != 143 {
			t.Errorf("time %d: status %d", i, status)
		}
		n.must("container", "rm", "early")
	}
}
