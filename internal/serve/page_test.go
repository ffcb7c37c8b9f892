package serve_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/serve"
)

// TestRenderedPage states that a page is rendered by a component: what examples/ssr/build.sh has
// made, at the path that is in the environment as WAZEDGE_TEST_SSR, or else the handler in Rust,
// which answers with its path.
func TestRenderedPage(t *testing.T) {
	path, page := handler, "/id?name=reader"
	want := page + "\n"
	if built := os.Getenv("WAZEDGE_TEST_SSR"); built != "" {
		path, page, want = built, "/?name=reader", "<h1>hello reader</h1>"
	}
	var o serve.Options
	o.Config.Limits.TimeLimit = 10 * time.Minute
	o.Config.Limits.MaxMemory = 512 << 20
	url := start(t, path, o)
	for range 2 {
		status, body, err := get(t, url+page)
		if err != nil || status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q, %v; want %q", path, status, body, err, want)
		}
	}
}
