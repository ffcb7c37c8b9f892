package doctor

// executable is the file of the program name.
func executable(name string) string { return name + ".exe" }
