// Package option has what is documented of the hypervisor's options, release by release: which
// values one takes, and what it is without a value. It also has the options of three builds, for
// an image that does not tell its own, and what became of options that are gone.
package option
