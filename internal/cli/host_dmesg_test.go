package cli

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func TestPrintXenLogLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		line passthrough.XenLogLine
		want string
	}{
		{"most", passthrough.XenLogLine{Text: "(XEN) Xen version 4.17.5"}, "  (XEN) Xen version 4.17.5\n"},
		{"an unknown option", passthrough.XenLogLine{Text: `(XEN) parameter "noht" unknown!`, Mark: passthrough.XenMarkUnknownOption}, "! (XEN) parameter \"noht\" unknown!\n"},
		{"a warning", passthrough.XenLogLine{Text: "(XEN) Xen WARN at x.c:1", Mark: passthrough.XenMarkWarning}, "! (XEN) Xen WARN at x.c:1\n"},
		{"the IOMMU", passthrough.XenLogLine{Text: "(XEN) I/O virtualisation enabled", Mark: passthrough.XenMarkIOMMU}, "i (XEN) I/O virtualisation enabled\n"},
		{
			"something was lost", passthrough.XenLogLine{Text: "ble", Lost: 17, Cut: true},
			"! [17 bytes are lost here: newer lines took their place, or somebody cleared the log]\n  ble\n",
		},
		{"what a guest sends to the terminal", passthrough.XenLogLine{Text: "(d1) \x1b[2J\x07"}, "  (d1)  [2J \n"},
	} {
		var out bytes.Buffer
		if err := printXenLogLine(&out, screen{}, test.line); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
