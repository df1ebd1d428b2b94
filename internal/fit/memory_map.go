package fit

import (
	"fmt"
	"strconv"
	"strings"
)

// memoryMap has a folder for each region of the memory map that the firmware, or Xen, has handed to
// the kernel, with the files start, end and type (drivers/firmware/memmap.c).
const memoryMap = "/sys/firmware/memmap"

// maxRegions is how many regions are looked at. The kernel's table has 128 entries, and three more
// for each NUMA node that it was built for, at most 1024 (E820_MAX_ENTRIES in
// arch/x86/include/asm/e820/types.h).
const maxRegions = 4096

// Where a PV guest's kernel lies, in bytes: x86 kernels of Linux are linked to begin at 16 MiB
// (CONFIG_PHYSICAL_START); that of Debian 12 with its data ends at 74 MiB.
const (
	lowMemory = 1 << 20
	kernelEnd = 128 << 20
)

// reservedLow returns the lowest region that is not RAM, if a PV guest with a device cannot start
// because of it. xl gives such a guest the machine's memory map (e820_host, which xl_parse.c sets
// without regard to the guest's configuration), with RAM up to the first region above 1 MiB that is
// something else, and the rest above 4 GiB (tools/libs/light/libxl_x86.c). Linux
// ends at once where its kernel is not in RAM (xen_memory_setup in arch/x86/xen/setup.c).
func (s *scan) reservedLow() (at uint64, found bool) {
	if s.pvh {
		return 0, false // its map is one that Xen has made up
	}
	regions, err := s.fsys.Entries(memoryMap, maxRegions)
	if err != nil {
		return 0, false // a kernel without CONFIG_FIRMWARE_MEMMAP
	}
	at = kernelEnd
	for _, region := range regions {
		kind, err := s.fsys.Attribute(memoryMap + "/" + region.Name() + "/type")
		if err != nil || kind == "System RAM" || kind == "Unusable memory" {
			continue
		}
		text, _ := s.fsys.Attribute(memoryMap + "/" + region.Name() + "/start")
		start, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 64)
		if err == nil && start > lowMemory && start < at {
			at, found = start, true
		}
	}
	return at, found
}

// lowHint is about all functions of a machine whose firmware reserves memory at an address where
// a PV guest's kernel lies.
func lowHint(at uint64) Hint {
	return Hint{Code: LowMemory,
		Reason: fmt.Sprintf("the firmware reserves memory at %#x, and xl gives a PV guest that starts with a device the machine's memory map: its kernel may not fit below that, and then ends at once", at),
		Advice: "start a PV guest with passthrough=\"enabled\" and without the device, and then use 'xl pci-attach'; or take an HVM guest",
	}
}
