// Package hostboot reads how the Xen host itself boots: what runs, what the boot loader starts
// next, and where each word of the two command lines comes from.
package hostboot
