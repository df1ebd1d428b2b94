package passthrough

import (
	"github.com/xenpci/xenpci/internal/attribute"
)

// Serve is for programs that run on architectures other than amd64 and arm64.
//
// A write to sysfs can wait in the kernel for ever, so it is made by another
// process. On amd64 and arm64 that needs nothing of the program, and Serve does
// nothing. Elsewhere the program is started again for it: Serve must be the first
// call in main there, and does not return in that other process. Without it, verbs
// that move devices fail and start nothing.
func Serve() { attribute.Serve() }
