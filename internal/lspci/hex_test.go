package lspci

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// configOf is a configuration space of so many bytes; each byte is the low part
// of its offset but for the header type.
func configOf(size int, header pci.HeaderType) []byte {
	config := make([]byte, size)
	for i := range config {
		config[i] = byte(i)
	}
	if size > headerTypeAt {
		config[headerTypeAt] = byte(header)
	}
	return config
}

func TestRows(t *testing.T) {
	const first = "00: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 00 0f\n" +
		"10: 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f\n" +
		"20: 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f\n" +
		"30: 30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f\n"
	for _, test := range []struct {
		name             string
		config           []byte
		rows             int
		begins, contains string
	}{
		{"header", configOf(headerConfig, 0), 4, first, ""},
		{"PCI", configOf(pciConfig, 0), 16, first, "\nf0: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff\n"},
		{"PCI Express", configOf(expressConfig, 0), 256, first, "\nf0: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff\n" +
			"100: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n"},
		{"the last row", configOf(expressConfig, 0), 256, first, "\nff0: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := written(t, Options{}, func(p *printer) { p.rows(test.config) })
			rows := strings.Count(got, "\n")
			if rows != test.rows || !strings.HasPrefix(got, test.begins) || !strings.Contains(got, test.contains) {
				t.Errorf("%d rows; want %d, beginning with\n%s\nand with %q, in\n%s", rows, test.rows, test.begins, test.contains, got)
			}
		})
	}
}

// What is shown depends on the size of config: 64 bytes for all but root, 256
// or 4096; other sizes are of trees that were not copied whole.
func TestReadDump(t *testing.T) {
	const cardBus = pci.HeaderCardBus | 0x80 // with further functions
	for _, test := range []struct {
		name   string
		times  int
		header pci.HeaderType
		size   int
		want   int
		asked  []int
	}{
		{"-x", 1, pci.HeaderDevice, 4096, 64, []int{64}},
		{"-xx", 2, pci.HeaderBridge, 4096, 64, []int{64}},
		{"-xxx", 3, pci.HeaderDevice, 4096, 256, []int{256}},
		{"-xxx of 64", 3, pci.HeaderDevice, 64, 64, []int{256}},
		{"-xxx of 255", 3, pci.HeaderDevice, 255, 64, []int{256}},
		{"-xxxx", 4, pci.HeaderDevice, 4096, 4096, []int{4096}},
		{"-xxxxx", 5, pci.HeaderDevice, 4096, 4096, []int{4096}},
		{"-xxxx of 64", 4, pci.HeaderDevice, 64, 64, []int{4096}},
		{"-xxxx of 256", 4, pci.HeaderDevice, 256, 256, []int{4096}},
		{"-xxxx of 4095", 4, pci.HeaderDevice, 4095, 256, []int{4096}},
		{"-x of 63", 1, pci.HeaderDevice, 63, 0, []int{64}},
		{"-xxxx of 0", 4, pci.HeaderDevice, 0, 0, []int{4096}},
		{"CardBus -x", 1, cardBus, 256, 128, []int{64, 128}},
		{"CardBus -xx of 127", 2, cardBus, 127, 64, []int{64, 128}},
		{"CardBus -xxx of 64", 3, cardBus, 64, 64, []int{256}},
		{"CardBus -xxx of 128", 3, cardBus, 128, 128, []int{256}},
		{"CardBus -xxx", 3, cardBus, 256, 256, []int{256}},
		{"CardBus -xxxx of 255", 4, cardBus, 255, 128, []int{4096}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := configOf(test.size, test.header)
			var asked []int
			got := readDump(test.times, func(limit int) ([]byte, error) {
				asked = append(asked, limit)
				return config[:min(limit, len(config))], nil
			})
			if diff := cmp.Diff(test.asked, asked); diff != "" {
				t.Errorf("asked for -want +got\n%s", diff)
			}
			if diff := cmp.Diff(string(config[:test.want]), string(got)); diff != "" {
				t.Errorf("%d bytes; want %d\n%s", len(got), test.want, diff)
			}
		})
	}
}

// A device that goes between two reads shows what the first one gave.
func TestReadDumpOfWhatGoes(t *testing.T) {
	for _, test := range []struct{ reads, want int }{{0, 0}, {1, headerConfig}} {
		left := test.reads
		got := readDump(1, func(limit int) ([]byte, error) {
			if left--; left < 0 {
				return nil, fs.ErrNotExist
			}
			return configOf(limit, pci.HeaderCardBus), nil
		})
		if len(got) != test.want {
			t.Errorf("%d bytes after %d reads; want %d", len(got), test.reads, test.want)
		}
	}
}

func TestHex(t *testing.T) {
	root := scratch.Dir(t)
	a := pci.Address{Slot: 9}
	dir := root + "/sys/bus/pci/devices/" + a.String()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dump := func(x int) string {
		return written(t, Options{Hex: x}, func(p *printer) {
			p.root = root
			p.hex(a)
		})
	}
	if got, want := dump(1), "WARNING: Cannot show hex-dump of the config space\n"; got != want {
		t.Errorf("without config: %q; want %q", got, want)
	}
	if err := os.WriteFile(dir+"/config", configOf(pciConfig, pci.HeaderCardBus), 0o644); err != nil {
		t.Fatal(err)
	}
	for x, rows := range map[int]int{1: 8, 2: 8, 3: 16, 4: 16} {
		if got := dump(x); strings.Count(got, "\n") != rows {
			t.Errorf("%d times -x: want %d rows in\n%s", x, rows, got)
		}
	}
}
