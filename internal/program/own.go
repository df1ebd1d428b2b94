package program

import "os"

// Own returns the path of this program: installed if that is the same file, and otherwise the
// path that the kernel has. It returns "" if neither can be read.
//
// Where /usr/sbin is a link to /usr/bin, the kernel has /usr/bin/NAME, and the files of a
// package, which are installed already, name /usr/sbin/NAME.
func Own(installed string) string {
	own, err := os.Executable()
	if err != nil {
		return ""
	}
	running, err := os.Stat(own)
	if err != nil { // it was replaced while it ran
		return own
	}
	if there, err := os.Stat(installed); err == nil && os.SameFile(there, running) {
		return installed
	}
	return own
}
