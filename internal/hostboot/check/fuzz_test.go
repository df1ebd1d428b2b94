package check

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/option"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// FuzzLines checks any two lines: it ends without a panic, each finding about a word names one of
// the line, and the same lines give the same findings.
func FuzzLines(f *testing.F) {
	for _, h := range hosts {
		for name, content := range h.files {
			if strings.HasSuffix(name, "grub.cfg") {
				f.Add(content, content)
			}
		}
	}
	f.Add("dom0_mem=1G,max=1G no-smt=off -- console=hvc0", "dom0_mem=1 \"a b\" --- x")
	f.Add("ivrs_ioapic[4]=00:14.0 =x no- no-= ivrs_ioapic[", "= == \"")
	manual := option.Open()
	empty := sysfs.New(f.TempDir())
	f.Fuzz(func(t *testing.T, xen, dom0 string) {
		if len(xen)+len(dom0) > 8<<10 {
			return
		}
		words := func(text string) (all []hostboot.Word) {
			for _, w := range strings.Fields(text) {
				all = append(all, hostboot.Word{Text: w})
			}
			return all
		}
		next := hostboot.Next{Loader: boot.Loader{Kind: boot.GRUBLegacy, Config: "/x"}, Xen: true, Place: hostboot.Place{File: "/x"},
			XenLine: hostboot.Line{Text: xen, Words: words(xen)}, Dom0Line: hostboot.Line{Text: dom0, Words: words(dom0)}}
		found := Check(empty, next, manual, "4.17")
		for _, one := range found {
			if one.Word != "" && one.Code != NoInitramfs && !strings.Contains(xen+" "+dom0, one.Word) {
				t.Errorf("%+v", one)
			}
		}
		if again := Check(empty, next, manual, "4.17"); len(again) != len(found) {
			t.Errorf("%d findings, then %d", len(found), len(again))
		}
	})
}
