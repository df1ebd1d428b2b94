package passthrough_test

import (
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestBadOptions wants options that cannot be right refused before anything is
// read: the root has no devices.
func TestBadOptions(t *testing.T) {
	host, err := passthrough.Open(t.TempDir(), passthrough.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, nine := t.Context(), []pci.Address{{Slot: 9}}
	view := host.Look()
	for name, call := range map[string]func() error{
		"an empty root": func() error {
			_, err := passthrough.Open("", passthrough.Options{})
			return err
		},
		"a root that is not there": func() error {
			_, err := passthrough.Open(t.TempDir()+"/host", passthrough.Options{})
			return err
		},
		"a root that is a file": func() error {
			_, err := passthrough.Open("option_test.go", passthrough.Options{})
			return err
		},
		"a driver that is a path": func() error {
			_, err := view.Unhide(ctx, nine, passthrough.UnhideOptions{Driver: "../../usb/drivers/usb"}, nil)
			return err
		},
		"any driver": func() error {
			_, err := view.Unhide(ctx, nine, passthrough.UnhideOptions{Driver: "*"}, nil)
			return err
		},
		"pciback as the driver": func() error {
			_, err := view.UnhideAtBoot(ctx, []string{"00:09.0"}, passthrough.UnhideOptions{Driver: "pciback"}, nil)
			return err
		},
		"a name of two lines": func() error {
			_, err := view.Hide(ctx, nine, passthrough.HideOptions{Name: "a\nb"}, nil)
			return err
		},
		"a name with a slash": func() error {
			_, err := view.Declare(ctx, nine, passthrough.DeclareOptions{Name: "a/b"}, nil)
			return err
		},
		"an unknown layer": func() error {
			_, err := view.EnableBoot(ctx, passthrough.EnableOptions{Layers: []passthrough.Layer{"bogus"}}, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := call()
			if e := passthrough.AsError(err); e == nil || e.Code != passthrough.CodeBadOption {
				t.Errorf("%v, want %s", err, passthrough.CodeBadOption)
			}
		})
	}
}
