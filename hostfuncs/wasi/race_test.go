//go:build race

package wasi

// raceDetector empties pools at random, so that calls allocate now and then.
const raceDetector = true
