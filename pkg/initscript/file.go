package initscript

import "io/fs"

// File is a script, a unit or a job that starts something at boot.
type File struct {
	Path string      // where it is installed: "/etc/init.d/xenpci"
	Mode fs.FileMode // permission bits
	Text string
}
