// Package picture shows a machine's PCI devices as the tree that they are: Text
// for a terminal, SVG for a page. Both say which functions pciback has, and
// which guest has them.
//
// Names come from pci.ids, drivers and guests from elsewhere; whatever bytes
// they have, a terminal gets no control characters and an SVG file stays
// well-formed. The same machine always makes the same bytes.
package picture
