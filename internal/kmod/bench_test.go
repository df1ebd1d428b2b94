package kmod

import "testing"

// BenchmarkModules finds the modules of 256 devices and opens a real kernel's indexes again
// in each iteration. Real machines have bin, captured trees have text.
func BenchmarkModules(b *testing.B) {
	kernel := realKernel(b)
	devices := sampleDevices(b, kernel)[:256]
	for _, bench := range []struct {
		name   string
		kernel Kernel
	}{
		{"bin", kernel},
		{"text", textOnly(b, kernel)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				aliases, err := bench.kernel.Aliases()
				if err != nil {
					b.Fatal(err)
				}
				for _, device := range devices {
					aliases.Modules(device)
				}
			}
		})
	}
	b.Run("lookup", func(b *testing.B) {
		aliases, err := kernel.Aliases()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			aliases.Modules(devices[i%len(devices)])
		}
	})
}
