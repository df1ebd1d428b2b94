// Command bench measures, inside a real dom0, how long it takes to hide eight
// devices: by raw writes, by xl and by xenpci. It prints Markdown tables. It is
// called by make bench, on an emulated host with eight e1000 cards at 00:10.0
// to 00:17.0; times under emulation are only good as ratios, which is why all
// ways take turns in one boot.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
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
	if err := where(); err != nil {
		return err
	}
	if err := start(); err != nil {
		return err
	}
	if err := compare(); err != nil {
		return err
	}
	if err := stages(); err != nil {
		return err
	}
	if err := parallel(); err != nil {
		return err
	}
	return memory()
}

// where says on what the figures were measured.
func where() error {
	var parts []string
	for _, name := range []string{
		"/sys/hypervisor/version/major", "/sys/hypervisor/version/minor", "/sys/hypervisor/version/extra", "/proc/sys/kernel/osrelease",
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		parts = append(parts, strings.TrimSpace(string(text)))
	}
	fmt.Printf("Measured by `make bench` on Xen %s.%s%s with Linux %s as dom0, in QEMU's software emulation with %d processors.\n\n",
		parts[0], parts[1], parts[2], parts[3], runtime.NumCPU())
	return nil
}
