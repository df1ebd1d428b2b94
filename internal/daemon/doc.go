// Package daemon is xenpcid: it keeps the declared devices hidden, tells what happens to
// them, and answers questions. What it does with devices it does by pkg/passthrough.
//
// Everything that can mean a change makes one loop look at the whole machine
// (internal/daemon/reconcile): uevents of the kernel, the files of the list, xenstored, a
// signal, the end of a sleep, and a clock.
package daemon
