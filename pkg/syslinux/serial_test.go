package syslinux_test

import (
	"fmt"
	"strings"
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

// FuzzSerial reads any SERIAL: what is understood is the same when it is written in numbers.
func FuzzSerial(f *testing.F) {
	f.Add("0 115200")
	f.Add("0x3f8 9600 0x303")
	f.Add("4294967295 0")
	f.Fuzz(func(t *testing.T, arguments string) {
		if strings.ContainsAny(arguments, "\r\n") {
			return
		}
		got := syslinux.Parse([]byte("serial " + arguments + "\n")).Serial
		if got == nil {
			return
		}
		port := got.Address
		if got.Unit >= 0 {
			port = uint64(got.Unit)
		}
		if (got.Unit >= 0) == (got.Address > 0) || got.Unit < -1 || got.Unit > 3 || got.Speed < 0 || got.Line != 1 {
			t.Errorf("%q: %+v", arguments, got)
		}
		again := syslinux.Parse(fmt.Appendf(nil, "SERIAL 0x%x %d\n", port, got.Speed)).Serial
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("%q (-first +again):\n%s", arguments, diff)
		}
	})
}
