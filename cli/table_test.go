package cli

import "testing"

// TestOptionTable states what every row has to have, and that no tool has two
// options of one name.
func TestOptionTable(t *testing.T) {
	seen := map[string]tools{}
	for i := range optionTable {
		row := &optionTable[i]
		switch {
		case row.name == "" || row.brief == "" || row.tools == 0:
			t.Errorf("row %d (%q) lacks a name, a brief text or its tools", i, row.name)
		case len(row.brief) > 60:
			t.Errorf("%s: brief text of %d bytes does not fit its column", row.name, len(row.brief))
		case row.bind != nil && row.takesValue() != (row.value(new(Options)).Type() != "bool"):
			t.Errorf("%s: metavar %q does not agree with the type of its value", row.name, row.metavar)
		}
		if seen[row.name]&row.tools != 0 {
			t.Errorf("%s: two rows for one tool", row.name)
		}
		seen[row.name] |= row.tools
	}
}

// TestProposalOptions states that each option for a standard or proposal is
// applied, and each applied one exists.
func TestProposalOptions(t *testing.T) {
	applied := map[string]bool{}
	for _, o := range proposalOptions {
		if applied[o.option] {
			t.Errorf("%s is applied twice", o.option)
		}
		applied[o.option] = true
	}
	for _, row := range optionTable {
		if row.bind != nil {
			continue
		}
		if !applied[row.name] {
			t.Errorf("%s is never applied", row.name)
		}
		delete(applied, row.name)
	}
	for name := range applied {
		t.Errorf("%s is applied, but no option", name)
	}
}
