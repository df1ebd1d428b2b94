package xenstore

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

// TestTools runs Debian's xenstore tools, which use Xen's own C client,
// against the test's xenstored, and looks at what they wrote with our client.
func TestTools(t *testing.T) {
	if _, err := exec.LookPath("xenstore-read"); err != nil {
		t.Skip("xenstore-read is not installed (Debian package xenstore-utils)")
	}
	root := t.TempDir()
	server := xenstoretest.Start(t, root)
	c := dial(t, root)
	ctx := t.Context()
	dir := "/libxl/pci/0000-00-09-0"
	if err := c.Write(ctx, dir+"/driver_path", "/sys/bus/pci/drivers/e1000"); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(ctx, dir+"/name", "mynic"); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name   string
		args   []string
		stdout string
		exit   int
	}{
		{name: "read what our client wrote", args: []string{"xenstore-read", dir + "/name"}, stdout: "mynic\n"},
		{name: "read two", args: []string{"xenstore-read", dir + "/driver_path", dir + "/name"}, stdout: "/sys/bus/pci/drivers/e1000\nmynic\n"},
		{name: "read none", args: []string{"xenstore-read", "/none"}, exit: 1},
		{name: "exists", args: []string{"xenstore-exists", dir}},
		{name: "exists not", args: []string{"xenstore-exists", "/none"}, exit: 1},
		{name: "list", args: []string{"xenstore-list", dir}, stdout: "driver_path\nname\n"},
		{name: "list none", args: []string{"xenstore-list", "/none"}, exit: 1},
		{name: "list with paths", args: []string{"xenstore-list", "-p", "/libxl"}, stdout: "/libxl/pci\n"},
		{name: "write two at once", args: []string{"xenstore-write", "/tool/one", "1", "/tool/two/deep", "2 2"}},
		{name: "write a bad path", args: []string{"xenstore-write", "/tool//one", "1"}, exit: 1},
		{name: "read a relative path", args: []string{"xenstore-write", "relative", "yes"}},
		{
			name: "tree", args: []string{"xenstore-ls", "/libxl"},
			stdout: "pci = \"\"\n 0000-00-09-0 = \"\"\n  driver_path = \"/sys/bus/pci/drivers/e1000\"\n  name = \"mynic\"\n",
		},
		{
			name: "tree with permissions", args: []string{"xenstore-ls", "-f", "-p", "/libxl/pci"},
			stdout: "/libxl/pci/0000-00-09-0 = \"\"   (n0)\n" +
				"/libxl/pci/0000-00-09-0/driver_path = \"/sys/bus/pci/drivers/e1000\"   (n0)\n" +
				"/libxl/pci/0000-00-09-0/name = \"mynic\"   (n0)\n",
		},
		{name: "permissions", args: []string{"xenstore-chmod", dir + "/name", "n0", "r1"}},
		{
			name: "permissions as given", args: []string{"xenstore-ls", "-f", "-p", dir},
			stdout: dir + "/driver_path = \"/sys/bus/pci/drivers/e1000\"   (n0)\n" + dir + "/name = \"mynic\"   (n0,r1)\n",
		},
		{name: "watch", args: []string{"xenstore-watch", "-n", "2", dir, "@releaseDomain"}, stdout: dir + "\n@releaseDomain\n"},
		{name: "remove", args: []string{"xenstore-rm", dir}},
		{name: "remove below nothing", args: []string{"xenstore-rm", "/none/none"}, exit: 1},
	}
	for _, test := range tests {
		stdout, exit := run(t, root, test.args...)
		if stdout != test.stdout || exit != test.exit {
			t.Errorf("%s: %q, exit %d; want %q, exit %d", test.name, stdout, exit, test.stdout, test.exit)
		}
	}

	want := map[string]string{
		"/libxl": "", "/libxl/pci": "",
		"/tool": "", "/tool/one": "1", "/tool/two": "", "/tool/two/deep": "2 2",
		"/local": "", "/local/domain": "", "/local/domain/0": "", "/local/domain/0/relative": "yes",
	}
	if diff := cmp.Diff(want, server.Nodes()); diff != "" {
		t.Error("the store afterwards:", diff)
	}
	if value, err := c.Read(ctx, "/tool/two/deep"); value != "2 2" || err != nil {
		t.Errorf("our client reads %q, %v", value, err)
	}
}

// TestToolsLongList lets C's client gather a list from parts.
func TestToolsLongList(t *testing.T) {
	if _, err := exec.LookPath("xenstore-list"); err != nil {
		t.Skip("xenstore-list is not installed (Debian package xenstore-utils)")
	}
	root := t.TempDir()
	server := xenstoretest.Start(t, root)
	var want strings.Builder
	for i := range 400 {
		name := strings.Repeat("n", 10+i%10) + string(rune('a'+i%26)) + string(rune('a'+i/26))
		server.Set("/many/"+name, "")
		want.WriteString(name + "\n")
	}
	stdout, exit := run(t, root, "xenstore-list", "/many")
	if diff := cmp.Diff(want.String(), stdout); diff != "" || exit != 0 {
		t.Errorf("exit %d: %s", exit, diff)
	}
}

// run starts a tool on the xenstored below root.
func run(t *testing.T, root string, args ...string) (stdout string, exit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "XENSTORED_PATH="+filepath.Join(root, xenstoretest.Socket))
	out, err := cmd.Output()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return string(out), 0
	case errors.As(err, &failed):
		return string(out), failed.ExitCode()
	}
	t.Fatal(err)
	return "", 0
}
