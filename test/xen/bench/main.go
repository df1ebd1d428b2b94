// Command bench measures, inside a real dom0, how long it takes to hide eight
// devices: by raw writes, by xl and by xenpci. It prints Markdown tables. It is
// called by make bench, on an emulated host with eight e1000 cards at 00:10.0
// to 00:17.0; times under emulation are only good as ratios, which is why all
// ways take turns in one boot.
package main

import (
	"fmt"
	"os"
)

// rounds is how often each way is measured; medians are printed.
const rounds = 9

func main() {
	if err := bench(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench() error {
	if err := start(); err != nil {
		return err
	}
	if err := compare(); err != nil {
		return err
	}
	if err := parallel(); err != nil {
		return err
	}
	return memory()
}
