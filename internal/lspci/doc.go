// Package lspci prints lists of PCI devices in the bytes of pciutils' lspci
// 3.10 and later, so that eyes and scripts need not learn another form.
//
// It covers the plain list, -n, -nn, -D and -k; the filters -s and -d are
// pci.Filter.
package lspci
