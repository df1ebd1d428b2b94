// Package outside calls, from another module, every function of xenpci's public
// packages that takes a root. The compiler so proves that nobody needs an internal
// type to call them: each parameter and each result is written with its type.
//
// test/repository builds and tests it, and looks whether a function is missing.
package outside
