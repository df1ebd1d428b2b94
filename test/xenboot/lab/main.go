// Command lab boots whole Xen hosts, from the BIOS on, for trying things out:
// docs/boot-lab.md.
package main

import "github.com/xenpci/xenpci/test/xen/verbs"

func main() {
	verbs.Main(
		verbs.Verb{Name: "build", What: "make the disks", Run: build},
		verbs.Verb{Name: "shell", What: "commands at the end of a boot, or a shell on this terminal", Run: shell},
	)
}
