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
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/daemon/inventory"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// rounds is how often each way is measured; medians are printed.
const rounds = 9

func main() {
	inventory.Serve()
	passthrough.Serve()
	if err := bench(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(wanted []string) error {
	if err := where(); err != nil {
		return err
	}
	if err := command("modprobe", "xen-pciback"); err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"start", start}, {"compare", compare}, {"stages", stages}, {"parallel", parallel}, {"plugs", arrivals}, {"storm", storm},
		{"idle", idle}, {"memory", memory},
	} {
		if len(wanted) > 0 && !slices.Contains(wanted, part.name) {
			continue
		}
		if err := part.measure(); err != nil {
			return err
		}
	}
	return nil
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
