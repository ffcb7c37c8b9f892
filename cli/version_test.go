package cli

import (
	"os"
	"regexp"
	"testing"
)

// TestOwnVersion states what our version is, by the version of the module.
func TestOwnVersion(t *testing.T) {
	for module, want := range map[string]string{
		"1.2.3":                               "1.2.3",
		"1.2.3-rc.1":                          "1.2.3-rc.1",
		"0.0.0-20261126071233-0123456789ab":   nextVersion + "-dev+0123456789ab",
		"1.2.4-0.20261126071233-0123456789ab": nextVersion + "-dev+0123456789ab",
		"1.2.3-rc.1.0.20261126071233-0123456789ab+dirty": nextVersion + "-dev+0123456789ab",
		"1.2.3+dirty": nextVersion + "-dev",
		"(devel)":     nextVersion + "-dev",
		"(unknown)":   nextVersion + "-dev",
		"":            nextVersion + "-dev",
	} {
		if got := readVersion(module); got != want {
			t.Errorf("of module version %q: %s, want %s", module, got, want)
		}
	}
}

// TestChangesAreOfTheNextVersion states that the first version in CHANGELOG.md is the one
// that this tree leads to.
func TestChangesAreOfTheNextVersion(t *testing.T) {
	text, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile(`(?m)^## (\S+)`).FindSubmatch(text)
	if heading == nil || string(heading[1]) != nextVersion {
		t.Errorf("CHANGELOG.md begins with %q, the next version is %s", heading, nextVersion)
	}
}
