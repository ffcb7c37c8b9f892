// Package e2e runs containers with containerd and runc as they are installed, started by the
// tests on sockets and in directories of their own: it has nothing but tests. They need to be
// root; where they are not, or containerd is not installed, they say so and are not run.
package e2e
