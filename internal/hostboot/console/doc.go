// Package console follows the serial console of a Xen host from the firmware to a login: through
// the boot loader, Xen, dom0's kernel, the getty and securetty. It reads files, and changes
// nothing.
package console
