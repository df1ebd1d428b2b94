// Package services reads which services of Xen and of xenpci a host starts, in which order,
// which of them run, and for which release of Xen the host has tools. It runs no program.
package services
