package parity

import "os"

// sample is how many cases there are for each one that is run outside of CI.
const sample = 10

// sampled reports whether case n of many is run: each where CI is set, and
// otherwise one in ten. Those are always the same, so that a failure comes back
// with the next run.
func sampled(n int) bool { return os.Getenv("CI") != "" || n%sample == 0 }
