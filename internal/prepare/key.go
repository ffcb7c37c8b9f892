package prepare

import (
	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
)

// Key is what the code that p makes of module is cached under; ok is false where it cannot
// be told, and nothing may be cached.
func (p *Plan) Key(module cache.Digest) (key cache.Key, ok bool) {
	b, err := p.Encode()
	if _, known := engine.Processor(p.Generic); err != nil || !known {
		return key, false
	}
	return cache.KeyOf(b, module), true
}
