package console

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/hostboot"
)

// FuzzSecuretty reads any list of terminals.
func FuzzSecuretty(f *testing.F) {
	f.Add("console\n#hvc0\n/dev/hvc0 # x\n\n\r\nhvc0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for tty, line := range parseSecuretty(text) {
			if tty == "" || line < 1 || line > lines || strings.ContainsAny(tty, "#\n") {
				t.Errorf("%q: %d", tty, line)
			}
		}
	})
}

// FuzzSPCR reads any table.
func FuzzSPCR(f *testing.F) {
	f.Add([]byte("SPCR" + strings.Repeat("\x01", 76)))
	f.Fuzz(func(t *testing.T, table []byte) {
		if fw := parseSPCR(table); !fw.present && fw != (firmware{}) || fw.speed < 0 {
			t.Errorf("%+v", fw)
		}
	})
}

// FuzzOutput reads any command line of Xen.
func FuzzOutput(f *testing.F) {
	f.Add("com1=115200,8n1 console=com1H,vga console=hvc0")
	f.Add("com2=auto console=dbgp,com2")
	f.Fuzz(func(t *testing.T, text string) {
		var words []hostboot.Word
		for word := range strings.FieldsSeq(text) {
			words = append(words, hostboot.Word{Text: word})
		}
		o := outputOf(words)
		if o.port != nil && o.debug != "" || o.port != nil && !o.prints() {
			t.Errorf("%+v", o)
		}
		Taken(hostboot.Next{XenLine: hostboot.Line{Words: words}})
	})
}
