package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
)

// benchDeadline is how long the measurements may take.
const benchDeadline = time.Hour

// bench measures on a host with an IOMMU and eight cards, and prints the
// tables of docs/benchmarks.md, or only the named ones.
func bench(ctx context.Context, parts []string) error {
	s, err := setup.Prepare(ctx, os.Stderr)
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, path := range []string{"cmd/xenpci", "cmd/xenpcid", "test/xen/bench", "test/xen/bench/raw"} {
		program, err := s.Program(ctx, path)
		if err != nil {
			return err
		}
		files["usr/bin/"+filepath.Base(program)] = program
	}
	host := machine.Machine{Board: "q35", IOMMU: true}
	const first, count = 0x10, 8
	for slot := range count {
		host.Devices = append(host.Devices, machine.E1000(fmt.Sprintf("%x.0", first+slot)))
	}
	status, err := machine.Boot(ctx, s.Image, host, machine.Order{
		Files: files, Script: strings.Join(append([]string{"bench"}, parts...), " "), Deadline: benchDeadline, Console: s.Log("bench.console"),
	}, os.Stdout)
	if err == nil && status != 0 {
		err = fmt.Errorf("bench ended with status %d", status)
	}
	return err
}
