package daemon

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// TestCheckHasNames wants the names of pci.ids in the reply, as the documents of the command
// have them.
func TestCheckHasNames(t *testing.T) {
	r := start(t, "qemu", "")
	var reply passthrough.Described
	must(t, r.dial().Call(t.Context(), interfaceName+".Check", map[string]any{"ids": []string{lan}}, &reply))
	same(t, "Intel Corporation", reply.Devices[0].VendorName)
}

// TestCheckRefuses wants the reasons for which hide would refuse the devices, as the documents of the
// command have them.
func TestCheckRefuses(t *testing.T) {
	r := start(t, "sis190", "")
	var reply passthrough.Described
	must(t, r.dial().Call(t.Context(), interfaceName+".Check", map[string]any{"ids": []string{"00:02.5", "00:09.0"}}, &reply))
	var refused []string
	for _, err := range reply.Refusals {
		refused = append(refused, err.Device.String()+" "+string(err.Code))
	}
	same(t, []string{"0000:00:02.5 guard"}, refused)
}
