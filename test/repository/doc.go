// Package repository holds the repository to its own rules: which package may
// import which, what the program is linked from, under which licences, and
// which names its files may have. It is all tests.
package repository
