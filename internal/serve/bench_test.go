package serve_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wazedge/wazedge/internal/serve"
)

// BenchmarkInstancePerRequest is a request answered by an instance of its own.
func BenchmarkInstancePerRequest(b *testing.B) {
	s := newServer(b, handler, serve.Options{})
	r := httptest.NewRequest(http.MethodGet, "/id?1", nil)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
