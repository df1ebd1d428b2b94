// Package packaging contains what 'make packages' makes packages of: the list of their
// contents and the scripts that run when they are installed and removed. Its tests check
// the packages, with the build tag packages: 'make packages-test'.
package packaging
