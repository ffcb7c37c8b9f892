package spectest

import "path"

// proposals sorts the scripts of the 3.0 suite by what they are about; the first
// pattern that matches a name decides.
var proposals = []struct {
	name     string
	patterns []string
}{
	{"relaxed SIMD", []string{"relaxed_*", "*_relaxed_*"}},
	{"core 1.0", []string{"f64", "i64", "f32", "i32"}},
	{"memory64", []string{"*64", "memory64-imports", "table_copy_mixed"}},
	{"multiple memories", []string{"*[0-9]", "memory-multi", "simd_memory-multi", "memory_size_import"}},
	{"SIMD", []string{"simd_*"}},
	{"garbage collection", []string{"array*", "struct", "i31", "br_on_cast*", "ref_cast", "ref_test", "ref_eq", "extern",
		"type-subtyping", "type-rec", "type-canon", "binary-gc"}},
	{"exception handling", []string{"tag", "throw", "throw_ref", "try_table"}},
	{"tail calls", []string{"return_call", "return_call_indirect"}},
	{"function references", []string{"call_ref", "return_call_ref", "ref_as_non_null", "br_on_null", "br_on_non_null",
		"local_init", "type-equivalence", "table-sub", "ref"}},
	{"bulk memory, reference types", []string{"bulk", "memory_copy", "memory_fill", "memory_init", "table_*", "ref_*", "elem"}},
	{"text format", []string{"annotations", "id", "token", "comments", "obsolete-keywords", "utf8-*"}},
	{"core 1.0", []string{"*"}},
}

// Proposal is what the script is about: by its name in the 3.0 suite, else the
// name of its suite.
func (s Script) Proposal() string {
	if s.Suite.Name != "3.0" {
		return s.Suite.Name
	}
	for _, p := range proposals {
		for _, pattern := range p.patterns {
			if ok, _ := path.Match(pattern, s.Name); ok {
				return p.name
			}
		}
	}
	panic("spectest: the last pattern matches every name")
}
