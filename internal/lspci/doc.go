// Package lspci prints lists of PCI devices byte for byte like lspci 3.10 and later of
// pciutils, so that people and scripts can read them as usual.
//
// It implements the plain list and the flags in Options. The filters -s and -d are
// implemented by pci.Filter.
package lspci
