package passthrough

import "github.com/xenpci/xenpci/internal/foreign"

// ineffective returns what the kernels that may boot make of the settings of others: that they
// have no effect there, or may come too late.
func (v *View) ineffective() (all []Remark) {
	machine, _ := v.machine() // the notes of the boot have what is not known
	for _, s := range foreign.Read(machine).All {
		for _, why := range s.Kernel {
			all = append(all, Remark{Code: CodeNoEffect, Reason: s.Where.String() + ": " + why})
		}
	}
	return all
}
