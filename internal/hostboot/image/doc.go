// Package image reads which options the images of the Xen hypervisor and of a Linux kernel take:
// the tables by which they read their command lines themselves (struct kernel_param in Xen's
// xen/include/xen/param.h; struct obs_kernel_param and struct kernel_param in Linux), and the
// parameters of kernel modules.
package image
