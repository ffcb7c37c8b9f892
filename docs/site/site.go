package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// first is the page that names all others.
const first = "docs/README.md"

// page is a page of the documentation.
type page struct {
	name    string // in the tree, with slashes
	file    string // in the site
	title   string
	source  []byte
	doc     ast.Node
	anchors map[string]bool
}

// group is a heading of the navigation with the pages under it.
type group struct {
	title string
	pages []named
}

// named is a page by the name that the first page has for it.
type named struct {
	*page
	label string
}

// site is all pages, read.
type site struct {
	root   string
	md     goldmark.Markdown
	pages  []*page
	groups []group
	links  int
	images []string // in the tree, with slashes; in the site by their base names
}

// readSite reads the first page and all that it links to.
func readSite(root string) (*site, error) {
	s := &site{root: root, md: goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(blocks{}, 100))),
	)}
	index, err := s.read(first)
	if err != nil {
		return nil, err
	}
	index.title = "wazedge"
	err = ast.Walk(index.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering && h.Level == 2 {
			s.groups = append(s.groups, group{title: plain(h, index.source)})
		}
		link, ok := n.(*ast.Link)
		if !ok || !entering || len(s.groups) == 0 {
			return ast.WalkContinue, nil
		}
		name := path.Join(path.Dir(first), string(link.Destination))
		p, err := s.read(name)
		if err != nil {
			return ast.WalkStop, fmt.Errorf("%s: %w", first, err)
		}
		g := &s.groups[len(s.groups)-1]
		g.pages = append(g.pages, named{p, plain(link, index.source)})
		return ast.WalkSkipChildren, nil
	})
	return s, err
}

// read reads a page.
func (s *site) read(name string) (*page, error) {
	source, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	p := &page{name: name, file: fileName(name), source: source, anchors: map[string]bool{}}
	p.doc = s.md.Parser().Parse(text.NewReader(source))
	err = ast.Walk(p.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			if id, ok := h.AttributeString("id"); ok {
				p.anchors[string(id.([]byte))] = true
			}
			if h.Level == 1 && p.title == "" {
				p.title = plain(h, source)
			}
		}
		return ast.WalkContinue, nil
	})
	s.pages = append(s.pages, p)
	return p, err
}

// fileName is the file of the site for a page of the tree.
func fileName(name string) string {
	if name == first {
		return "index.html"
	}
	short := strings.TrimPrefix(strings.TrimSuffix(name, ".md"), "docs/")
	return strings.ToLower(strings.ReplaceAll(short, "/", "-")) + ".html"
}

// plain is the text of a node.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// check directs every link to where it leads in the site, and returns those that lead nowhere,
// and the pages that nothing leads to.
func (s *site) check() error {
	var wrong []error
	for _, p := range s.pages {
		ast.Walk(p.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if link, ok := n.(*ast.Link); ok && entering {
				s.links++
				to, err := s.resolve(p, string(link.Destination))
				if err != nil {
					wrong = append(wrong, fmt.Errorf("%s: %w", p.name, err))
				}
				link.Destination = []byte(to)
			}
			if image, ok := n.(*ast.Image); ok && entering {
				name := path.Join(path.Dir(p.name), string(image.Destination))
				if _, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(name))); err != nil {
					wrong = append(wrong, fmt.Errorf("%s: image %s: no such file", p.name, image.Destination))
				}
				s.images = append(s.images, name)
				image.Destination = []byte(path.Base(name))
			}
			return ast.WalkContinue, nil
		})
	}
	names, err := filepath.Glob(filepath.Join(s.root, "docs", "*.md"))
	for _, name := range names {
		if !slices.ContainsFunc(s.pages, func(p *page) bool { return p.name == "docs/"+filepath.Base(name) }) {
			wrong = append(wrong, fmt.Errorf("%s names no docs/%s", first, filepath.Base(name)))
		}
	}
	return errors.Join(append(wrong, err)...)
}

// resolve is where a link on p leads to in the site.
func (s *site) resolve(p *page, link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme == "https" {
		return link, err
	}
	if u.Scheme != "" || u.Host != "" {
		return link, fmt.Errorf("link to %s is neither relative nor https", link)
	}
	name := p.name
	if u.Path != "" {
		name = path.Join(path.Dir(p.name), u.Path)
	}
	if i := slices.IndexFunc(s.pages, func(p *page) bool { return p.name == name }); i >= 0 {
		to := s.pages[i]
		if u.Fragment == "" {
			return to.file, nil
		}
		if !to.anchors[u.Fragment] {
			return link, fmt.Errorf("link to %s: no such heading", link)
		}
		return to.file + "#" + u.Fragment, nil
	}
	if _, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(name))); err != nil {
		return link, fmt.Errorf("link to %s: no such file", link)
	}
	return repository + name, nil
}
