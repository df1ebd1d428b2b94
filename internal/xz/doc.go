// Package xz decompresses the .xz format as the kernel's decoder does, for systems without the program
// xz: with the filters LZMA2 and x86, of which the second one makes kernels smaller.
//
// The library github.com/ulikunitz/xz (0.5.17) does not know the filter x86, and takes the memory that a
// header names.
//
// This package checks CRC32 only. Whatever a file says, it takes at most a quarter more memory than Window,
// and as much again while its buffer grows.
package xz
