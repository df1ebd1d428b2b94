// Command lab makes, boots and shows the emulated Xen host that xenpci is
// tested on. It is called through the Makefile: make xen-shell, make demo,
// make bench.
package main

import "github.com/xenpci/xenpci/test/xen/verbs"

func main() {
	verbs.Main(
		verbs.Verb{Name: "build", What: "install what is missing and make the image", Run: build},
		verbs.Verb{Name: "shell", What: "a shell in dom0, on this terminal", Run: shell},
		verbs.Verb{Name: "demo", What: "show a card's way to a guest and back", Run: demo},
		verbs.Verb{Name: "bench", What: "measure xenpci, xl and raw writes", Run: bench},
	)
}
