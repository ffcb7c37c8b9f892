package validate

import (
	"errors"
	"fmt"
	"strings"
)

// nameKind tells the forms of import and export names apart (Explainer.md, "Import and
// Export Definitions").
type nameKind uint8

const (
	plainName nameKind = iota
	constructorName
	methodName
	staticName
	interfaceName
)

// externName is the name of an import or export in its parts.
type externName struct {
	kind     nameKind
	resource string // of constructors, methods and static functions
	text     string // as written
	unique   string // what has to differ from that of others: see uniqueness
	version  bool   // of an interface: it has one
}

// The annotations before plain names.
var annotations = []struct {
	prefix string
	kind   nameKind
}{{"[constructor]", constructorName}, {"[method]", methodName}, {"[static]", staticName}}

// parseName reads the name of an import or export.
func parseName(s string) (externName, error) {
	n := externName{text: s, unique: strings.ToLower(s)}
	if s == "" {
		return n, errors.New("`` is not a valid name")
	}
	for _, a := range annotations {
		if rest, ok := strings.CutPrefix(s, a.prefix); ok {
			n.kind = a.kind
			return n, n.annotated(rest)
		}
	}
	if strings.Contains(s, ":") {
		n.kind = interfaceName
		return n, n.interfaceParts(s)
	}
	if !isKebab(s) {
		return n, notKebab(s)
	}
	return n, nil
}

func notKebab(s string) error { return fmt.Errorf("`%s` is not in kebab case", s) }

// annotated reads what follows the annotation of a plain name. Names are to differ in
// what source languages make of them: a method by what follows its resource's name, or,
// where that is the same, by it alone.
func (n *externName) annotated(rest string) error {
	n.resource = rest
	if n.kind != constructorName {
		resource, label, ok := strings.Cut(rest, ".")
		if !ok {
			return fmt.Errorf("failed to find `.` character in `%s`", n.text)
		}
		if !isKebab(label) {
			return notKebab(label)
		}
		n.resource, n.unique = resource, strings.ToLower(rest)
		if strings.EqualFold(resource, label) {
			n.unique = strings.ToLower(label)
		}
	}
	if !isKebab(n.resource) {
		return notKebab(n.resource)
	}
	return nil
}

// isKebab reports whether s is a label: words or acronyms of ASCII letters and digits with
// hyphens between them, of which the first begins with a letter.
func isKebab(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if !isFragment(part) || i == 0 && isDigit(part[0]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// isFragment reports whether s has letters of one case, or digits.
func isFragment(s string) bool {
	lower, upper := false, false
	for i := range len(s) {
		switch c := s[i]; {
		case isLower(c):
			lower = true
		case isUpper(c):
			upper = true
		case !isDigit(c):
			return false
		}
	}
	return s != "" && !(lower && upper)
}

// interfaceParts reads namespace:package/interface@version.
func (n *externName) interfaceParts(s string) error {
	namespace, rest, _ := strings.Cut(s, ":")
	if !isWords(namespace) {
		return notKebab(namespace)
	}
	end := strings.IndexAny(rest, ":/@")
	if end < 0 {
		end = len(rest)
	}
	if !isWords(rest[:end]) {
		return notKebab(rest[:end])
	}
	if end == len(rest) || rest[end] != '/' {
		return fmt.Errorf("expected `/` after package name in `%s`", s)
	}
	rest = rest[end+1:]
	end = strings.IndexAny(rest, "/@")
	if end < 0 {
		end = len(rest)
	}
	if !isKebab(rest[:end]) {
		return notKebab(rest[:end])
	}
	rest = rest[end:]
	if rest == "" {
		return nil
	}
	if rest[0] == '/' {
		return fmt.Errorf("trailing characters found: `%s`", rest)
	}
	n.version = true
	if isCanonVersion(rest[1:]) {
		return nil
	}
	return checkVersion(rest[1:])
}

// isWords reports whether s is a label in lower case.
func isWords(s string) bool { return isKebab(s) && s == strings.ToLower(s) }

// isCanonVersion reports whether s is the part of a version that decides on
// compatibility (Explainer.md, "Canonical Interface Name").
func isCanonVersion(s string) bool {
	if s == "0.0.0" {
		return true
	}
	for _, prefix := range []string{"", "0.", "0.0."} {
		if rest, ok := strings.CutPrefix(s, prefix); ok && isNumber(rest) && rest != "0" {
			return true
		}
	}
	return false
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0')
}

// checkVersion reports what is wrong with a semantic version (semver.org).
func checkVersion(s string) error {
	if s == "" {
		return errors.New("empty string, expected a semver version")
	}
	core, build, hasBuild := strings.Cut(s, "+")
	core, pre, hasPre := strings.Cut(core, "-")
	numbers := strings.Split(core, ".")
	for i, n := range numbers {
		if err := checkNumber(n, i == len(numbers)-1 && len(numbers) <= 3); err != nil {
			return err
		}
	}
	if len(numbers) != 3 {
		return errors.New("unexpected end of input while parsing a version, expected three numbers")
	}
	if hasPre {
		if err := checkIdentifiers(pre, true); err != nil {
			return err
		}
	}
	if hasBuild {
		return checkIdentifiers(build, false)
	}
	return nil
}

func checkNumber(n string, last bool) error {
	for i := range len(n) {
		if !isDigit(n[i]) {
			return fmt.Errorf("unexpected character '%c' while parsing a version", n[i])
		}
	}
	switch {
	case n == "" && last:
		return errors.New("unexpected end of input while parsing a version")
	case n == "":
		return errors.New("unexpected character '.' while parsing a version")
	case !isNumber(n):
		return errors.New("invalid leading zero in a version")
	}
	return nil
}

// checkIdentifiers reports what is wrong with the identifiers behind - or + of a version.
func checkIdentifiers(s string, pre bool) error {
	for _, id := range strings.Split(s, ".") {
		if id == "" {
			return errors.New("empty identifier segment in a version")
		}
		for i := range len(id) {
			if c := id[i]; !isDigit(c) && !isLower(c) && !isUpper(c) && c != '-' {
				return fmt.Errorf("unexpected character '%c' in a version", c)
			}
		}
		if pre && strings.Trim(id, "0123456789") == "" && !isNumber(id) {
			return errors.New("invalid leading zero in a version")
		}
	}
	return nil
}

// uniqueness is which names a scope has already, by what has to differ.
type uniqueness map[string]string

// add reports the name with which n conflicts, if there is one.
func (u uniqueness) add(n string, unique string) (previous string, ok bool) {
	if previous, dup := u[unique]; dup {
		return previous, false
	}
	u[unique] = n
	return "", true
}
