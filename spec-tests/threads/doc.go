// Package threads runs guests that have threads (wasi-threads).
package threads
