// Package picture draws the tree of a machine's PCI devices: Text for a terminal, SVG for
// a page. Both show which functions are bound to pciback, and which guest has them.
//
// Names may contain any bytes: the output for a terminal has no control characters from
// them, and an SVG file stays well-formed. The same machine always gives the same bytes.
package picture
