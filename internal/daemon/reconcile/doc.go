// Package reconcile keeps declared devices hidden. A Reconciler looks at the machine
// as a whole, decides from what it sees and remembers what to do, does it by
// pkg/passthrough, and looks again. What made it look does not matter.
//
// It takes back what was lost by accident, and leaves alone what somebody gave back. It
// never forces, and never gives a declared device back.
package reconcile
