// Package sample chooses the cases that are run of a test that has very many.
package sample

import "os"

// Variable is the environment variable that has every case run. 'make test-all' sets it.
const Variable = "XENPCI_ALL_CASES"

// Takes reports whether a case is run: the first, each one that is a multiple of every away
// from it, and the last. They are the same in each run, so that a failure comes back. If
// the variable is set, every case is run. Cases count from 0.
//
// Where kinds of cases take turns, every must have no factor in common with the number of
// kinds: the sample then has some of each kind.
func Takes(n, count, every int) bool {
	return n%every == 0 || n == count-1 || os.Getenv(Variable) != ""
}
