package contract

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// vfRow is what happens to VFs. None is enabled before.
type vfRow struct {
	name    string
	do      []any
	want    syscall.Errno // of the last operation
	drivers [2]string     // of the two VFs
	uevents []string
}

// RunVFs tests what happens when the VFs of a PF are made and removed. Their driver is nvme.
func RunVFs(t *testing.T, p Port, fs sysfs.FS, pf string, vfs [2]string) {
	r := portRunner{p, view{fs}}
	for _, row := range vfRows(pf, vfs[0], vfs[1]) {
		t.Run(row.name, func(t *testing.T) { r.virtual(t, row, pf, vfs) })
	}
}

// vfRows return the rows about VFs. No driver probes them but one that an override or a
// slot names, since the PF says so: the real nvme gives up on them after it was bound.
func vfRows(pf, one, two string) []vfRow {
	vfs := func(number string) Operation { return write(device+pf+"/sriov_numvfs", number) }
	hideOne := []any{write(device+one+"/driver_override", "pciback"), probe(one)}
	both := []string{"add " + one, "change " + one, "add " + two, "change " + two, "change " + pf}
	hidden := slices.Concat(both, []string{"bind " + one})
	return []vfRow{
		{"two", []any{vfs("2")}, 0, [2]string{}, both},
		{"three", []any{vfs("3")}, syscall.ERANGE, [2]string{Gone, Gone}, nil},
		{"one more", []any{vfs("1"), vfs("2")}, syscall.EBUSY, [2]string{"", Gone}, []string{"add " + one, "change " + one, "change " + pf}},
		{"none", []any{vfs("2"), vfs("0")}, 0, [2]string{Gone, Gone}, append(slices.Clone(both), "remove "+one, "remove "+two)},
		{"hidden", append([]any{vfs("2")}, hideOne...), 0, [2]string{"pciback", ""}, hidden},
		{"none while pciback has one", slices.Concat([]any{vfs("2")}, hideOne, []any{vfs("0")}), syscall.EPERM, [2]string{"pciback", ""}, hidden},
		{"none after it was given back", slices.Concat([]any{vfs("2")}, hideOne, []any{unbind("pciback", one), vfs("0")}), 0, [2]string{Gone, Gone},
			append(slices.Clone(hidden), "unbind "+one, "remove "+one, "remove "+two)},
		{"made again: no override", slices.Concat([]any{vfs("2")}, hideOne, []any{unbind("pciback", one), vfs("0"), vfs("2")}), 0, [2]string{},
			slices.Concat(hidden, []string{"unbind " + one, "remove " + one, "remove " + two}, both)},
	}
}

func (r portRunner) virtual(t *testing.T, row vfRow, pf string, vfs [2]string) {
	for _, vf := range vfs {
		if r.driver(vf) == "pciback" {
			r.all(t, unbind("pciback", vf))
		}
	}
	r.all(t, write(device+pf+"/sriov_numvfs", "0"), write(device+pf+"/sriov_drivers_autoprobe", "0"), unload("xen-pciback"), load("xen-pciback"))
	r.port.Uevents()
	last := len(row.do) - 1
	r.all(t, row.do[:last]...)
	if got := errnoOf(r.do(row.do[last])); got != row.want {
		t.Errorf("want %s, got %s", answer(row.want), answer(got))
	}
	got := vfRow{drivers: [2]string{r.driver(vfs[0]), r.driver(vfs[1])}}
	for _, uevent := range r.port.Uevents() {
		if address := uevent[strings.LastIndexByte(uevent, ' ')+1:]; address == pf || slices.Contains(vfs[:], address) {
			got.uevents = append(got.uevents, uevent)
		}
	}
	want := vfRow{drivers: row.drivers, uevents: row.uevents}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(vfRow{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
