package machine

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestFollow(t *testing.T) {
	type result struct {
		Out    string
		Status int
		Ended  bool
	}
	tests := []struct {
		name, answers string
		want          result
	}{
		{"status", "hello\nlab: status 3\n", result{"hello\n", 3, true}},
		{"carriage returns", "a\r\nlab: status 0\r\n", result{"a\r\n", 0, true}},
		{"none", "lab: ready\nprompt# ", result{"lab: ready\nprompt# ", 0, false}},
		{"in the middle of a line", "echo lab: status 3\n", result{"echo lab: status 3\n", 0, false}},
		{"long line", "lab: status is not known yet\n", result{"lab: status is not known yet\n", 0, false}},
		{"cut", "lab: sta", result{"lab: sta", 0, false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			status, ended := follow(iotest.OneByteReader(strings.NewReader(test.answers)), &out)
			if diff := cmp.Diff(test.want, result{out.String(), status, ended}); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	m := Machine{Board: "q35", IOMMU: true, Devices: []Device{E1000("09.0"), {Model: "pci-bridge", Address: "1e.0"},
		{Model: "nvme-ns,bus=drive", Disk: true}, {Model: "e1000", Address: "0a.0", Wire: 1}}}
	args := strings.Join(m.Arguments("/tmp/boot"), " ")
	for _, want := range []string{
		"-machine q35,kernel-irqchip=off", "-device intel-iommu,intremap=on",
		"-netdev user,restrict=on,id=net0 -device e1000,addr=09.0,romfile=,netdev=net0", "-device pci-bridge,addr=1e.0",
		"-blockdev driver=file,node-name=disk2,filename=/tmp/boot/disk2 -device nvme-ns,bus=drive,drive=disk2",
		"-netdev hubport,hubid=1,id=net3 -device e1000,addr=0a.0,romfile=,netdev=net3",
	} {
		if !strings.Contains(args, want) {
			t.Errorf("no %q in %s", want, args)
		}
	}
}
