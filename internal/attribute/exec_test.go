//go:build !amd64 && !arm64

package attribute_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// TestStartWithoutServe wants a program that forgot Serve to start nothing: it
// would start itself again, without end.
func TestStartWithoutServe(t *testing.T) {
	out, err := command(t, "forget", "/dev/null").CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != attribute.ErrNotServed.Error() {
		t.Errorf("%v: %q", err, got)
	}
}

// TestWorkersKilled wants those who wait told, and those who come later too.
func TestWorkersKilled(t *testing.T) {
	p, root := start(t, 100*time.Millisecond)
	_, release := fifo(t, root, "unbind")
	defer release()
	var hang *attribute.HangError
	if err := p.Write(t.Context(), "/unbind", "x"); !errors.As(err, &hang) {
		t.Fatal(err)
	}
	if err := syscall.Kill(hang.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		_, err := p.Read(t.Context(), "/absent")
		var refused *sysfs.AttrError
		if errors.As(err, &refused) && errors.Is(err, attribute.ErrEnded) {
			return
		}
		if i == 999 {
			t.Errorf("%v, want ErrEnded", err)
		}
		time.Sleep(time.Millisecond)
	}
}
