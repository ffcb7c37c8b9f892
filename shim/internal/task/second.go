//go:build linux

package task

import (
	"context"

	"github.com/containerd/ttrpc"
)

// second is the service under the second version of its protocol, whose messages have the
// same fields with the same numbers as the third's.
func second(s *service) *ttrpc.ServiceDesc {
	return &ttrpc.ServiceDesc{Methods: map[string]ttrpc.Method{
		"State":      method(s.State),
		"Create":     method(s.Create),
		"Start":      method(s.Start),
		"Delete":     method(s.Delete),
		"Pids":       method(s.Pids),
		"Pause":      method(s.Pause),
		"Resume":     method(s.Resume),
		"Checkpoint": method(s.Checkpoint),
		"Kill":       method(s.Kill),
		"Exec":       method(s.Exec),
		"ResizePty":  method(s.ResizePty),
		"CloseIO":    method(s.CloseIO),
		"Update":     method(s.Update),
		"Wait":       method(s.Wait),
		"Stats":      method(s.Stats),
		"Connect":    method(s.Connect),
		"Shutdown":   method(s.Shutdown),
	}}
}

// method is one that answers a request by f.
func method[Request, Response any](f func(context.Context, *Request) (*Response, error)) ttrpc.Method {
	return func(ctx context.Context, read func(any) error) (any, error) {
		request := new(Request)
		if err := read(request); err != nil {
			return nil, err
		}
		return f(ctx, request)
	}
}
