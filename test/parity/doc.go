// Package parity has the tests that hold 'xenpci list' to lspci: over machines
// of every kind both print the same bytes, end with the same status, and have
// the same to complain about. The two programs lspci are those that make
// packages installs and unpacks.
//
// All of it takes some minutes. Where CI is not set in the environment, the
// tests over many machines take a sample of them; see sample.
package parity
