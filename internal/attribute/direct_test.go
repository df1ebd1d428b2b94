package attribute_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestDirect(t *testing.T) {
	root := t.TempDir()
	file(t, root, "driver_override", "vfio-pci\n")
	hold := make(chan struct{})
	defer close(hold)
	var d attribute.Access = attribute.NewDirect(sysfs.New(root), func(name, value string) error {
		switch name {
		case "/hangs":
			<-hold
		case "/refuses":
			return &sysfs.AttrError{Op: "write", Path: name, Value: value, Err: syscall.EBUSY}
		}
		return nil
	}, 50*time.Millisecond)
	if got, err := d.Read(t.Context(), "/driver_override"); got != "vfio-pci" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if err := d.Write(t.Context(), "/takes", "x"); err != nil {
		t.Error(err)
	}
	if err := d.Write(t.Context(), "/refuses", "x"); !errors.Is(err, syscall.EBUSY) {
		t.Error(err)
	}
	err := d.Write(t.Context(), "/hangs", "x")
	var hang *attribute.HangError
	if !errors.As(err, &hang) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	want := attribute.HangError{Op: "write", Path: "/hangs", Value: "x", PID: os.Getpid(), After: hang.After}
	if diff := cmp.Diff(want, *hang); diff != "" {
		t.Error(diff)
	}
	if err := errors.Join(d.Hold(t.Context(), "/journal"), d.Close()); err != nil {
		t.Error(err)
	}
}
