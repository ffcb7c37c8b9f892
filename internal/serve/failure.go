package serve

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasi2"
	"github.com/wazedge/wazedge/internal/wasihttp"
)

// kinds are what [kindOf] tells apart, in the order in which the metrics tell them.
var kinds = [...]string{"trap", "time", "gas", "exit", "no-answer", "incomplete", "error-code", "refused", "client"}

// kindOf is what kind of failure err is.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	code, _ := fault.CodeOf(err)
	switch {
	case errors.Is(err, errGone):
		return "client"
	case errors.Is(err, errBusy), errors.Is(err, errStopped):
		return "refused"
	case code == fault.Interrupted:
		return "time"
	case code == fault.CostLimitExceeded:
		return "gas"
	case errors.Is(err, wasihttp.ErrNoAnswer):
		return "no-answer"
	case errors.Is(err, wasihttp.ErrIncomplete):
		return "incomplete"
	case errors.As(err, new(*wasi2.Exit)), errors.As(err, new(*compat.ExitError)):
		return "exit"
	case errors.As(err, new(*wasihttp.Error)):
		return "error-code"
	}
	return "trap"
}

// statusOf is the status by which a client is told of err.
func statusOf(err error) int {
	if e, ok := errors.AsType[*wasihttp.Error](err); ok {
		return e.Status()
	}
	switch kindOf(err) {
	case "time":
		return http.StatusGatewayTimeout
	case "refused":
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// reason is err for whoever owns the server.
func reason(err error) string {
	switch kindOf(err) {
	case "time":
		return "the time limit is over"
	case "gas":
		return "the gas limit is over"
	}
	if t, ok := errors.AsType[*exec.Trap](err); ok {
		return t.Reason
	}
	if e, ok := errors.AsType[*wasi2.Exit](err); ok {
		return fmt.Sprintf("the handler has exited with status %d", e.Status)
	}
	return err.Error()
}
