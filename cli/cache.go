package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/legible"
)

// cacheCommand is `wazedge cache`.
func cacheCommand() *command {
	child := func(name, brief string, run func(*Process, line, *cache.Store) int) *command {
		return &command{name: name, brief: brief, tools: toolCache, run: func(p *Process, l line) int {
			store, err := p.cache(l.syntax.options)
			if err != nil {
				return p.fail(err.Error())
			}
			return run(p, l, store)
		}}
	}
	return &command{name: "cache", brief: "look into or clean the cache of compiled modules", tools: toolCache, run: missingVerb, children: []*command{
		child("list", "list the entries, the least recently used first", listCache),
		child("stat", "count them", statCache),
		child("verify", "check every byte of them", verifyCache),
		child("prune", "remove damaged entries, leftovers and what is over the limit", pruneCache),
		child("clear", "remove everything", clearCache),
		child("path", "print the directory", printCachePath),
	}}
}

// missingVerb refuses a command line that ends where one of the command's own commands
// is due.
func missingVerb(p *Process, l line) int {
	c := l.syntax.command
	names := make([]string, len(c.children))
	for i, child := range c.children {
		names[i] = child.name
	}
	return p.fail(fmt.Sprintf("%s needs a command: %s; see wazedge help %s", c.name, strings.Join(names, ", "), c.name))
}

// cache is the store that o asks for.
func (p *Process) cache(o *Options) (*cache.Store, error) {
	dir := o.CacheDir
	if dir == "" {
		dir = p.Getenv("WAZEDGE_CACHE_DIR")
	}
	if dir == "" {
		var err error
		if dir, err = cache.DefaultDir(); err != nil {
			return nil, fmt.Errorf("%w; name one with --cache-dir", err)
		}
	}
	limit := int64(cache.DefaultLimit)
	if o.CacheSize > 0 {
		limit = int64(min(o.CacheSize, 1<<62))
	}
	fills := p.Getenv(fillVariable) != ""
	return cache.New(dir, cache.Options{Keyring: p.keyring(), Limit: limit, Existing: fills}), nil
}

// keyring is whose code the user trusts, or nil where the environment does not tell
// where that is written down.
func (p *Process) keyring() *cache.Keyring {
	if p.trust == nil {
		dir := p.Getenv(cache.TrustDirVariable)
		if dir == "" {
			var err error
			if dir, err = cache.DefaultTrustDir(); err != nil {
				return nil
			}
		}
		p.trust = cache.NewKeyring(dir, p.tell)
	}
	return p.trust
}

// cacheEntry is an entry as list shows it.
type cacheEntry struct {
	Key     string    `json:"key"`
	Module  string    `json:"module"`
	Bytes   int64     `json:"bytes"`
	Source  int64     `json:"moduleBytes"`
	Made    time.Time `json:"made"`
	Used    time.Time `json:"used"`
	Variant string    `json:"variant,omitempty"`
	Plan    []string  `json:"plan,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// entries are the store's entries, with what their manifests say.
func entries(s *cache.Store) ([]cacheEntry, error) {
	files, err := s.List()
	list := make([]cacheEntry, 0, len(files))
	for _, f := range files {
		c := cacheEntry{Key: f.Key, Bytes: f.Size, Used: f.Used}
		if e, err := s.Open(f); err != nil {
			c.Error = err.Error()
		} else {
			c.Module, c.Source, c.Made, c.Variant, c.Plan = e.Name, e.Size, e.Created, e.Variant, e.Plan
			e.Close()
		}
		list = append(list, c)
	}
	return list, err
}

func listCache(p *Process, l line, s *cache.Store) int {
	list, err := entries(s)
	if err != nil {
		return p.fail(err.Error())
	}
	if l.syntax.options.JSON {
		return p.json(list)
	}
	for _, c := range list {
		note := c.Module + "  (" + c.Variant + ")"
		if c.Error != "" {
			note = c.Error
		}
		fmt.Fprintf(p.out(), "%s  %9s  %s  %s\n", c.Key[:16], legible.Bytes(c.Bytes), c.Used.Format(time.DateTime), note)
	}
	return statusOK
}

func statCache(p *Process, l line, s *cache.Store) int {
	files, err := s.List()
	if err != nil {
		return p.fail(err.Error())
	}
	stat := struct {
		Dir     string `json:"dir"`
		Entries int    `json:"entries"`
		Bytes   int64  `json:"bytes"`
		Limit   int64  `json:"limit"`
	}{s.Dir(), len(files), 0, s.Limit()}
	for _, f := range files {
		stat.Bytes += f.Size
	}
	if l.syntax.options.JSON {
		return p.json(stat)
	}
	fmt.Fprintf(p.out(), "%s, %s of %s, in %s\n", legible.Count(stat.Entries, "entry"), legible.Bytes(stat.Bytes), legible.Bytes(stat.Limit), stat.Dir)
	return statusOK
}

func verifyCache(p *Process, l line, s *cache.Store) int {
	files, err := s.List()
	if err != nil {
		return p.fail(err.Error())
	}
	bad := make([]cacheEntry, 0)
	for _, f := range files {
		if err := s.Check(f); err != nil {
			bad = append(bad, cacheEntry{Key: f.Key, Bytes: f.Size, Used: f.Used, Error: err.Error()})
		}
	}
	status := statusOK
	if len(bad) > 0 {
		status = statusFailed
	}
	if l.syntax.options.JSON {
		p.json(bad)
		return status
	}
	for _, c := range bad {
		fmt.Fprintf(p.out(), "%s  %s\n", c.Key, c.Error)
	}
	fmt.Fprintf(p.out(), "%d of %d entries are sound\n", len(files)-len(bad), len(files))
	return status
}

func pruneCache(p *Process, l line, s *cache.Store) int { return p.pruned(l)(s.Prune(s.Limit())) }

func clearCache(p *Process, l line, s *cache.Store) int { return p.pruned(l)(s.Clear()) }

// pruned reports what was removed.
func (p *Process) pruned(l line) func(cache.Pruned, error) int {
	return func(removed cache.Pruned, err error) int {
		if err != nil {
			return p.fail(err.Error())
		}
		if l.syntax.options.JSON {
			return p.json(struct {
				Files int   `json:"files"`
				Bytes int64 `json:"bytes"`
			}{removed.Files, removed.Bytes})
		}
		fmt.Fprintf(p.out(), "%s removed, %s\n", legible.Count(removed.Files, "file"), legible.Bytes(removed.Bytes))
		return statusOK
	}
}

func printCachePath(p *Process, _ line, s *cache.Store) int {
	fmt.Fprintln(p.out(), s.Dir())
	return statusOK
}

// json prints v for a script.
func (p *Process) json(v any) int {
	b, err := legible.JSON(v)
	if err != nil {
		return p.fail(err.Error())
	}
	p.out().Write(b)
	return statusOK
}
