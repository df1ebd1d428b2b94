package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
)

// TestImportAllOrNone fills the list so that the first of two devices still fits
// in, and the second does not: neither is declared then.
func TestImportAllOrNone(t *testing.T) {
	t.Parallel()
	host := fakekernel.Unpack(t, "qemu")
	var list strings.Builder
	for i := range 1023 {
		fmt.Fprintf(&list, "[[device]]\naddress = \"%04x:00:00.0\"\n", i+1)
	}
	file := filepath.Join(host.Root, "etc/xenpci/devices.toml")
	for name, text := range map[string]string{file: list.String(), filepath.Join(host.Root, "proc/cmdline"): "xen-pciback.hide=(00:09.0)(00:0a.0)\n"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	status := Main(engine.WithWays(t.Context(), enginetest.Ways(host)), []string{"import", "--write"}, Env{Out: &out, Err: &errs, Root: true, DefaultRoot: host.Root})
	if status != StatusFailed || !strings.Contains(errs.String(), "nothing was declared: ") {
		t.Errorf("status %d, %s", status, errs.String())
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != list.String() {
		t.Errorf("the list is another one (%d bytes, %v)", len(content), err)
	}
}
