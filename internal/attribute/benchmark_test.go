package attribute_test

import (
	"testing"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// null takes every write at once.
const null = "/dev/null"

// BenchmarkStart is what a run pays that makes one write.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		process, err := attribute.Start()
		if err != nil {
			b.Fatal(err)
		}
		p := process.Within(sysfs.New(""), long)
		if err := p.Write(b.Context(), null, "0000:00:09.0"); err != nil {
			b.Fatal(err)
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWrite is what each further write costs.
func BenchmarkWrite(b *testing.B) {
	process, err := attribute.Start()
	if err != nil {
		b.Fatal(err)
	}
	p := process.Within(sysfs.New(""), long)
	defer p.Close()
	for b.Loop() {
		if err := p.Write(b.Context(), null, "0000:00:09.0"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRawWrite is the same write, by this process.
func BenchmarkRawWrite(b *testing.B) {
	for b.Loop() {
		if err := (sysfs.FS{}).Write(null, "0000:00:09.0"); err != nil {
			b.Fatal(err)
		}
	}
}
