// Command site makes web pages of the documentation: of every page that docs/README.md links to, in
// its order and under its headings. The pages are files, need no server and load nothing from elsewhere.
//
//	go -C docs/site run . -out DIR
//
// It fails if a link leads to a page, heading or file that there is not, or if README.md does
// not name a page of docs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
)

// repository is where files that are no pages are shown.
const repository = "https://github.com/wazedge/wazedge/blob/main/"

func main() {
	root := flag.String("root", "../..", "the tree")
	out := flag.String("out", "", "directory to write to; without it links are checked only")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unknown word: %s\n", flag.Arg(0))
		os.Exit(2)
	}
	s, err := readSite(*root)
	if err == nil {
		err = errors.Join(s.check(), s.write(*out))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d pages, %d links\n", len(s.pages), s.links)
}

// write writes the pages to dir, which is made.
func (s *site) write(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "style.css"), style, 0o666); err != nil {
		return err
	}
	for _, name := range s.images {
		image, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, path.Base(name)), image, 0o666)
		}
		if err != nil {
			return err
		}
	}
	for i := range s.pages {
		text, err := s.html(i)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, s.pages[i].file), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}
