package xenstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

// scratch is the node below which the operations happen in a real store.
const scratch = "/tool/xenpci-test"

// operations run in this order, on the test's xenstored and on a real one, and
// must end alike. Paths are below scratch unless they begin with "=".
var operations = []struct {
	name  string
	op    string // read, write, remove, list
	path  string
	value string   // written, or what a read must give
	names []string // what a list must give
	errno syscall.Errno
}{
	{name: "the root is a node", op: "read", path: "=/"},
	{name: "missing node, read", op: "read", path: "/none", errno: syscall.ENOENT},
	{name: "missing node, list", op: "list", path: "/none", errno: syscall.ENOENT},
	{name: "write creates the nodes above", op: "write", path: "/a/b/c", value: "deep"},
	{name: "read it back", op: "read", path: "/a/b/c", value: "deep"},
	{name: "a node created on the way is empty", op: "read", path: "/a/b"},
	{name: "and has its child", op: "list", path: "/a/b", names: []string{"c"}},
	{name: "a leaf has none", op: "list", path: "/a/b/c"},
	{name: "write over", op: "write", path: "/a/b/c", value: "other"},
	{name: "the new value", op: "read", path: "/a/b/c", value: "other"},
	{name: "write empty", op: "write", path: "/a/b/c"},
	{name: "an empty value", op: "read", path: "/a/b/c"},
	{name: "write binary", op: "write", path: "/a/binary", value: "one\x00two\x00\xff\n"},
	{name: "read binary", op: "read", path: "/a/binary", value: "one\x00two\x00\xff\n"},
	{name: "long value", op: "write", path: "/a/long", value: strings.Repeat("x", 2000)},
	{name: "read long value", op: "read", path: "/a/long", value: strings.Repeat("x", 2000)},
	{name: "siblings", op: "list", path: "/a", names: []string{"b", "binary", "long"}},
	{name: "as xl names a device", op: "write", path: "/libxl/pci/0000-00-09-0/driver_path", value: "/sys/bus/pci/drivers/e1000"},
	{name: "and reads it", op: "read", path: "/libxl/pci/0000-00-09-0/driver_path", value: "/sys/bus/pci/drivers/e1000"},
	{name: "slash at the end", op: "read", path: "/a/", errno: syscall.EINVAL},
	{name: "two slashes", op: "write", path: "/a//b", value: "x", errno: syscall.EINVAL},
	{name: "blank in a path", op: "write", path: "/a b", value: "x", errno: syscall.EINVAL},
	{name: "colon in a path", op: "read", path: "/0000:00:09.0", errno: syscall.EINVAL},
	{name: "remove a leaf", op: "remove", path: "/a/long"},
	{name: "it is gone", op: "read", path: "/a/long", errno: syscall.ENOENT},
	{name: "remove it again", op: "remove", path: "/a/long"},
	{name: "remove below a missing node", op: "remove", path: "/none/none", errno: syscall.ENOENT},
	{name: "remove a tree", op: "remove", path: "/a"},
	{name: "all below it is gone", op: "read", path: "/a/b/c", errno: syscall.ENOENT},
	{name: "the rest is not", op: "list", path: "", names: []string{"libxl"}},
}

// TestConformance tests the test's xenstored against the table.
func TestConformance(t *testing.T) {
	root := t.TempDir()
	xenstoretest.Start(t, root)
	conform(t, dial(t, root))
}

// TestConformanceReal tests the machine's own xenstored against the same table. To run it,
// compile this test, copy it into a dom0 and set the variable there.
func TestConformanceReal(t *testing.T) {
	if os.Getenv("XENPCI_XENSTORE_REAL") != "1" {
		t.Skip("XENPCI_XENSTORE_REAL=1 is not set: this writes into the xenstored of a dom0, below " + scratch)
	}
	conform(t, dial(t, "/"))
}

// TestConformanceDevice does the same through /dev/xen/xenbus, where a kernel
// of a dom0 is between the two.
func TestConformanceDevice(t *testing.T) {
	if os.Getenv("XENPCI_XENSTORE_REAL") != "1" {
		t.Skip("XENPCI_XENSTORE_REAL=1 is not set: this writes into the xenstored of a dom0, below " + scratch)
	}
	c, err := dialDevice(t.Context(), sysfs.New("/"), device)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	conform(t, c)
}

// TestAbsentReal dials in a dom0 whose xenstored has not been started: the device can be
// opened there, but no xenstored answers.
func TestAbsentReal(t *testing.T) {
	if os.Getenv("XENPCI_XENSTORE_REAL") != "absent" {
		t.Skip("XENPCI_XENSTORE_REAL=absent is not set: this needs a dom0 without a xenstored")
	}
	if _, err := os.Stat(device); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := Dial(t.Context(), sysfs.New("/")); !errors.Is(err, ErrAbsent) {
		t.Errorf("%v", err)
	}
	t.Logf("known after %v", time.Since(begun))
}

func dial(t *testing.T, root string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), sysfs.New(root))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// conform runs the table, then what does not fit into one, over c, and leaves
// the store as it was.
func conform(t *testing.T, c *Client) {
	ctx := t.Context()
	if _, err := c.Read(ctx, scratch); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is in the way: %v", scratch, err)
	}
	defer func() {
		if err := c.Remove(context.WithoutCancel(ctx), scratch); err != nil {
			t.Error(err)
		}
	}()
	for _, row := range operations {
		path := scratch + row.path
		if own, ok := strings.CutPrefix(row.path, "="); ok {
			path = own
		}
		value, names, err := "", []string(nil), error(nil)
		switch row.op {
		case "read":
			value, err = c.Read(ctx, path)
		case "write":
			value, err = row.value, c.Write(ctx, path, row.value)
		case "remove":
			err = c.Remove(ctx, path)
		case "list":
			names, err = c.Directory(ctx, path)
			slices.Sort(names)
		}
		if row.errno != 0 {
			want := &Error{Op: row.op, Path: path, Err: row.errno}
			if diff := cmp.Diff(error(want), err); diff != "" {
				t.Errorf("%s: %s", row.name, diff)
			}
			continue
		}
		if err != nil || value != row.value || !slices.Equal(names, row.names) {
			t.Errorf("%s: got %q, %q, %v; want %q, %q", row.name, value, names, err, row.value, row.names)
		}
	}
	t.Run("long list", func(t *testing.T) { conformLongList(t, c) })
	t.Run("domains", func(t *testing.T) { conformDomains(t, c) })
}

// conformLongList lists more names than one message holds.
func conformLongList(t *testing.T, c *Client) {
	dir := scratch + "/many"
	var want []string
	for i := range 160 {
		name := fmt.Sprintf("a-name-of-some-length-%04d", i)
		want = append(want, name)
		if err := c.Write(t.Context(), dir+"/"+name, ""); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.Directory(t.Context(), dir)
	if errors.Is(err, syscall.E2BIG) && os.Getenv("XENPCI_XENSTORE_REAL") == "1" {
		t.Skip("this xenstored knows no parts of a list: an oxenstored, asked through the kernel")
	}
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func conformDomains(t *testing.T, c *Client) {
	for id, want := range map[uint16]bool{0: true, 12345: false} {
		got, err := c.DomainIntroduced(t.Context(), id)
		if got != want || err != nil {
			t.Errorf("domain %d: %v, %v; want %v", id, got, err, want)
		}
	}
}
