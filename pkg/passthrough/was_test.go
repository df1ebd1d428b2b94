package passthrough_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestWas hides devices in each way, and wants what they were.
func TestWas(t *testing.T) {
	for _, test := range []struct {
		name string
		hide func(v *passthrough.View, ctx context.Context, devices []pci.Address) error
	}{
		{"hidden", func(v *passthrough.View, ctx context.Context, devices []pci.Address) error {
			moved, err := v.Hide(ctx, devices, passthrough.HideOptions{}, nil)
			return errors.Join(err, moved.Err())
		}},
		{"hidden at boot", func(v *passthrough.View, ctx context.Context, devices []pci.Address) error {
			moved, err := v.HideAtBoot(ctx, devices, passthrough.HideOptions{}, nil)
			return errors.Join(err, moved.Err())
		}},
		{"applied", func(v *passthrough.View, ctx context.Context, devices []pci.Address) error {
			if _, err := v.Declare(ctx, devices, passthrough.DeclareOptions{}, nil); err != nil {
				return err
			}
			_, err := v.Apply(ctx, passthrough.ApplyOptions{}, nil)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := unpack(t, "qemu")
			view := m.Look()
			devices := []pci.Address{address(t, "00:09.0")}
			must(t, test.hide(view, m.context(t), devices))
			want := &passthrough.Was{Interfaces: []passthrough.Interface{{Name: "eth0", MAC: "52:54:00:12:34:56"}}}
			for name, v := range map[string]*passthrough.View{"the same view": view, "another": m.Look()} {
				status, err := v.Status(m.context(t), devices...)
				must(t, err)
				if diff := cmp.Diff(want, status.Devices[0].Was); diff != "" {
					t.Errorf("%s: status (-want +got):\n%s", name, diff)
				}
				described, err := v.Describe(m.context(t), nil, devices...)
				must(t, err)
				if diff := cmp.Diff(want, described.Devices[0].Was); diff != "" {
					t.Errorf("%s: describe (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestWasNotTaken remembers nothing of a device that is refused, nor in a dry run.
func TestWasNotTaken(t *testing.T) {
	m := unpack(t, "sis190")
	for _, test := range []struct {
		device string
		o      passthrough.HideOptions
		want   passthrough.Class
	}{{"00:02.5", passthrough.HideOptions{}, passthrough.ClassRefused}, {"00:09.0", passthrough.HideOptions{DryRun: true}, passthrough.ClassDone}} {
		moved, err := m.Look().Hide(m.context(t), []pci.Address{address(t, test.device)}, test.o, nil)
		must(t, err)
		if moved.Class() != test.want {
			t.Errorf("%s: %s, want %s", test.device, moved.Class(), test.want)
		}
		if _, err := os.Stat(m.Root() + "/var/lib/xenpci"); err == nil {
			t.Errorf("%s is remembered", test.device)
		}
	}
}

// silent is an access to attributes in which no driver answers for a speed.
type silent struct{ attribute.Access }

func (s silent) Read(ctx context.Context, name string) (string, error) {
	if strings.HasSuffix(name, "/speed") {
		return "", &attribute.HangError{Op: "read", Path: name}
	}
	return s.Access.Read(ctx, name)
}

// TestWasWithoutAnswer hides a device whose driver does not answer for its speed, and
// remembers the rest.
func TestWasWithoutAnswer(t *testing.T) {
	m := unpack(t, "qemu")
	ways := enginetest.Ways(m.kernel)
	fake := ways.OpenAttributes
	var waits []time.Duration
	ways.OpenAttributes = func(f sysfs.FS, wait time.Duration) (attribute.Access, error) {
		waits = append(waits, wait)
		access, err := fake(f, wait)
		return silent{access}, err
	}
	nine := address(t, "00:09.0")
	var warnings []passthrough.Remark
	moved, err := m.Look().Hide(engine.WithWays(t.Context(), ways), []pci.Address{nine}, passthrough.HideOptions{}, func(e passthrough.Event) {
		if e.Kind == passthrough.EventWarning {
			warnings = append(warnings, e.Remark)
		}
	})
	must(t, errors.Join(err, moved.Err()))
	if len(warnings) > 0 {
		t.Errorf("%v", warnings)
	}
	if len(waits) != 2 || waits[1] != 2*time.Second {
		t.Errorf("the access to attributes was opened with %v", waits)
	}
	status, err := m.Look().Status(m.context(t), nine)
	must(t, err)
	if was := status.Devices[0].Was; was == nil || len(was.Interfaces) != 1 || was.Interfaces[0].Name != "eth0" {
		t.Errorf("%+v", was)
	}
}
