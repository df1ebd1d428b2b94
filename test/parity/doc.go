// Package parity has the tests that hold 'xenpci list' to lspci: over machines
// of every kind both print the same bytes, end with the same status, and have
// the same to complain about. The two programs lspci are those that make
// packages installs and unpacks.
//
// The tests over many machines take a sample of them; 'make test-all' takes
// all, which is some minutes.
package parity
