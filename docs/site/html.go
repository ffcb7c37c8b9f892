package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

//go:embed style.css
var style []byte

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// entry is a page in the navigation.
type entry struct {
	Title, File string
	Here        bool
}

// html is page i as a whole.
func (s *site) html(i int) ([]byte, error) {
	p := s.pages[i]
	var body bytes.Buffer
	if err := s.md.Renderer().Render(&body, p.source, p.doc); err != nil {
		return nil, err
	}
	type section struct {
		Title   string
		Entries []entry
	}
	var sections []section
	for _, g := range s.groups {
		section := section{Title: g.title}
		for _, q := range g.pages {
			section.Entries = append(section.Entries, entry{q.label, q.file, q.page == p})
		}
		sections = append(sections, section)
	}
	data := map[string]any{"Title": p.title, "First": i == 0, "Sections": sections, "Body": template.HTML(body.String())}
	if i > 0 {
		data["Previous"] = entry{Title: s.pages[i-1].title, File: s.pages[i-1].file}
	}
	if i+1 < len(s.pages) {
		data["Next"] = entry{Title: s.pages[i+1].title, File: s.pages[i+1].file}
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, data)
	return b.Bytes(), err
}

// blocks renders what this site has in a form of its own: fenced blocks, tables, headings.
type blocks struct{}

// RegisterFuncs implements [renderer.NodeRenderer].
func (blocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, fenced)
	r.Register(ast.KindHeading, heading)
}

// heading renders a heading with a link to itself.
func heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	h := n.(*ast.Heading)
	level := string(rune('0' + h.Level))
	id, _ := h.AttributeString("id")
	anchor, _ := id.([]byte)
	if entering {
		w.WriteString("<h" + level + ` id="` + string(util.EscapeHTML(anchor)) + `">`)
		return ast.WalkContinue, nil
	}
	if h.Level > 1 {
		w.WriteString(` <a class="anchor" href="#` + string(util.EscapeHTML(anchor)) + `" aria-label="Link to this heading">#</a>`)
	}
	w.WriteString("</h" + level + ">\n")
	return ast.WalkContinue, nil
}

// fenced renders a block: with the name of the file that it is, or with what is typed set apart from
// what is printed.
func fenced(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	b := n.(*ast.FencedCodeBlock)
	var info []string
	if b.Info != nil {
		info = strings.Fields(string(b.Info.Segment.Value(source)))
	}
	console := len(info) > 0 && info[0] == "console"
	if len(info) == 2 && !console {
		w.WriteString(`<p class="file">` + string(util.EscapeHTML([]byte(info[1]))) + "</p>\n")
	}
	w.WriteString(`<pre tabindex="0"><code>`)
	going := false
	for i := range b.Lines().Len() {
		segment := b.Lines().At(i)
		line := string(util.EscapeHTML(segment.Value(source)))
		typed := console && (strings.HasPrefix(line, "$ ") || going)
		if typed {
			line = "<b>" + strings.TrimSuffix(line, "\n") + "</b>\n"
		}
		going = typed && strings.HasSuffix(line, "\\</b>\n")
		w.WriteString(line)
	}
	w.WriteString("</code></pre>\n")
	return ast.WalkSkipChildren, nil
}
