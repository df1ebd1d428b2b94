package initscript_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// TestRunlevelLinks passes over what has not the name of a link.
func TestRunlevelLinks(t *testing.T) {
	root := tree(t, "/etc/rc3.d/S20xend", "/etc/rc3.d/K00a", "/etc/rc3.d/S123", "/etc/rc3.d/S2xend", "/etc/rc3.d/S20", "/etc/rc3.d/README",
		"/etc/rcS.d/S05udev")
	want := []initscript.RunlevelLink{
		{Dir: "/etc/rcS.d", Level: "S", Start: true, Number: 5, Name: "udev"},
		{Dir: "/etc/rc3.d", Level: "3", Name: "a"},
		{Dir: "/etc/rc3.d", Level: "3", Start: true, Number: 12, Name: "3"},
		{Dir: "/etc/rc3.d", Level: "3", Start: true, Number: 20, Name: "xend"},
	}
	got := initscript.RunlevelLinks(root)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if path := got[3].String(); path != "/etc/rc3.d/S20xend" {
		t.Errorf("the path is %s", path)
	}
}
