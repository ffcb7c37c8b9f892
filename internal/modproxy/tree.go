package modproxy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Files are the files of the git work tree at root that are tracked or would be: those that
// exist and are not ignored.
func Files(root string) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", root, err)
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	return slices.DeleteFunc(files, func(name string) bool {
		info, err := os.Lstat(filepath.Join(root, name))
		return err != nil || !info.Mode().IsRegular()
	}), nil
}

// Environment is what the go command needs to take the modules of the proxy in the directory
// proxy from there, and all others from the module cache of this machine, where a build of the tree has
// put and verified them.
func Environment(proxy, moduleCache string) []string {
	downloads := filepath.Join(moduleCache, "cache", "download")
	return []string{
		"GOPROXY=" + fileURL(proxy) + "," + fileURL(downloads),
		"GONOSUMDB=*", "GONOPROXY=none", "GOPRIVATE=", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GOWORK=off",
	}
}

// fileURL is the URL of a directory with an absolute path.
func fileURL(dir string) string {
	slashes := filepath.ToSlash(dir)
	if !strings.HasPrefix(slashes, "/") {
		slashes = "/" + slashes
	}
	return "file://" + slashes
}
