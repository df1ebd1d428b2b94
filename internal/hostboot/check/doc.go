// Package check says what is wrong with what the boot loader starts next: words that Xen or
// dom0's kernel does not understand as they are meant, files that are missing, and settings by
// which a host is lost. It reads, and changes nothing.
package check
