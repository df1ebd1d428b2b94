package image_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/image/imagetest"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// parameters are those of a kernel, sorted.
func parameters() (all []image.Parameter) {
	for i := range 30 {
		all = append(all, image.Parameter{Name: fmt.Sprintf("a%02d", i), Source: image.Early})
	}
	return append(all,
		image.Parameter{Name: "console", Source: image.Setup, Value: true}, image.Parameter{Name: "nosmp", Source: image.Early},
		image.Parameter{Name: "printk.time", Source: image.Param}, image.Parameter{Name: "quiet", Source: image.Setup},
		image.Parameter{Name: "xen.fifo_events", Source: image.Param}, image.Parameter{Name: "xen_nopv", Source: image.Early},
	)
}

// plant writes a file, and returns the tree that it is in.
func plant(t testing.TB, content []byte) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return sysfs.New(root)
}

// TestReadKernel reads a kernel in each form, and compressed by each program.
func TestReadKernel(t *testing.T) {
	t.Parallel()
	all := parameters()
	vmlinux := imagetest.Vmlinux(all)
	forms := map[string][]byte{"vmlinux": vmlinux, "gzip": imagetest.BuildKernel(all)}
	for name, args := range map[string][]string{"xz": {"xz", "-c", "--check=crc32"}, "zstd": {"zstd", "-qc"}, "lz4": {"lz4", "-qlc"}} {
		if packed, ok := compress(t, vmlinux, args...); ok {
			forms[name] = bzImage(binary.LittleEndian.AppendUint32(packed, uint32(len(vmlinux))))
		}
	}
	for name, content := range forms {
		k, err := image.ReadKernel(t.Context(), plant(t, content), "/file")
		if diff := cmp.Diff(all, k.Parameters); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// TestReadKernelNameless has an entry without a name in the table, as Linux 6.12 has.
func TestReadKernelNameless(t *testing.T) {
	t.Parallel()
	all := parameters()
	with := append(append(append([]image.Parameter{}, all[:10]...), image.Parameter{Source: image.Setup}), all[10:]...)
	k, err := image.ReadKernel(t.Context(), plant(t, imagetest.BuildKernel(with)), "/file")
	if diff := cmp.Diff(all, k.Parameters); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// compress runs a program; false if there is none.
func compress(t *testing.T, data []byte, args ...string) ([]byte, bool) {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Logf("%v (test/packages.txt names what the tests need)", err)
		return nil, false
	}
	c := exec.Command(args[0], args[1:]...)
	c.Stdin = bytes.NewReader(data)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out, true
}

// bzImage is a kernel with this payload.
func bzImage(payload []byte) []byte {
	head := make([]byte, 5*512)
	copy(head[0x202:], "HdrS")
	binary.LittleEndian.PutUint32(head[0x24c:], uint32(len(payload)))
	return append(head, payload...)
}

// TestNoKernel refuses what is none.
func TestNoKernel(t *testing.T) {
	t.Parallel()
	few := imagetest.BuildKernel(parameters()[28:])
	for name, content := range map[string][]byte{
		"nothing": nil, "text": []byte("text"), "too few parameters": few, "an unknown compression": bzImage([]byte("UNKNOWN FORMAT")),
		"a payload behind the end": imagetest.BuildKernel(parameters())[:600], "ELF of 32 bits": append([]byte("\x7fELF\x01\x01"), make([]byte, 1000)...),
	} {
		if k, err := image.ReadKernel(t.Context(), plant(t, content), "/file"); !errors.Is(err, image.ErrKernel) {
			t.Errorf("%s: %v, %d parameters", name, err, len(k.Parameters))
		}
	}
	if packed, ok := compress(t, nil, "sh", "-c", "head -c 400000000 /dev/zero | zstd -qc"); ok {
		if _, err := image.ReadKernel(t.Context(), plant(t, bzImage(append(packed, 0xff, 0xff, 0xff, 0x7f))), "/file"); !errors.Is(err, image.ErrKernel) {
			t.Errorf("a kernel that is too large: %v", err)
		}
	}
}

// TestFinds compares words as the kernel does.
func TestFinds(t *testing.T) {
	t.Parallel()
	k := image.Kernel{Parameters: parameters()}
	for word, want := range map[string]string{
		"console=hvc0": "console", "console": "", "consoles=1": "", "quiet": "quiet", "quietly": "quiet", "xen-nopv": "xen_nopv", "xen_nopv=1": "xen_nopv", "xen_nopvx": "",
		"printk.time=1": "printk.time", "printk_time=1": "", "xen.fifo-events=0": "xen.fifo_events", "": "", "=": "",
	} {
		if p, ok := k.Finds(word); p.Name != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", word, p.Name, want)
		}
	}
}

// TestReadModule reads a module's parameters, compressed or not.
func TestReadModule(t *testing.T) {
	t.Parallel()
	module := imagetest.BuildModule("license=GPL", "parm=hide:devices to hide", "parmtype=hide:charp", "parmtype=permissive:bool", "parm=", "x")
	want := []kmod.Parameter{{}, {Name: "hide", Type: "charp", About: "devices to hide"}, {Name: "permissive", Type: "bool"}}
	forms := map[string][]byte{"plain": module}
	for _, args := range [][]string{{"xz", "-c"}, {"zstd", "-qc"}, {"gzip", "-c"}} {
		if packed, ok := compress(t, module, args...); ok {
			forms[args[0]] = packed
		}
	}
	for name, content := range forms {
		got, err := image.ReadModule(t.Context(), plant(t, content), "/file")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if _, err := image.ReadModule(t.Context(), plant(t, []byte("no module")), "/file"); !errors.Is(err, image.ErrModule) {
		t.Errorf("no module: %v", err)
	}
}

// FuzzKernel reads any kernel: it ends without a panic, and what it finds has names.
func FuzzKernel(f *testing.F) {
	f.Add(imagetest.Vmlinux(parameters()))
	f.Add(imagetest.BuildKernel(parameters()))
	f.Add(imagetest.BuildModule("parm=a:b"))
	f.Fuzz(func(t *testing.T, content []byte) {
		fsys := plant(t, content)
		if k, err := image.ReadKernel(context.Background(), fsys, "/file"); err == nil {
			for _, p := range k.Parameters {
				if p.Name == "" && !p.Value {
					t.Errorf("%+v", p)
				}
			}
		}
		_, _ = image.ReadModule(context.Background(), fsys, "/file")
	})
}
