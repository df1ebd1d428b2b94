package syslinux_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/syslinux"
)

func TestSerial(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want *syslinux.SerialPort
	}{
		{"DEFAULT xen\n", nil},
		{"SERIAL 0 115200\n", &syslinux.SerialPort{Speed: 115200, Line: 1}},
		{"# x\nserial 1\n", &syslinux.SerialPort{Unit: 1, Speed: 9600, Line: 2}},
		{"serial 0x2f8 57600 0x303\n", &syslinux.SerialPort{Unit: -1, Address: 0x2f8, Speed: 57600, Line: 1}},
		{"serial x\n", nil},
		{"serial\n", nil},
	} {
		if diff := cmp.Diff(test.want, syslinux.Parse([]byte(test.text)).Serial); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}
