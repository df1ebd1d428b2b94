// Package image reads from an image of the Xen hypervisor which options it takes: the table
// by which the hypervisor itself reads its command line (struct kernel_param in Xen's
// xen/include/xen/param.h).
package image
