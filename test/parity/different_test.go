package parity

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/cli"
	"github.com/xenpci/xenpci/test/scratch"
)

// Where lspci gives up, list shows what there is, says what there is not in one
// line, and ends with the same status.
func TestBrokenDevice(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	for _, test := range []struct {
		name  string
		harm  func(devices string) error
		wrong string
	}{
		{"an empty folder", func(devices string) error { return os.Mkdir(devices+"/0000:ff:1f.7", 0o755) }, "0000:ff:1f.7"},
		{"gone", func(devices string) error { return os.Symlink("../gone", devices+"/0000:ff:1f.7") }, "0000:ff:1f.7"},
		{"no address", func(devices string) error { return os.Mkdir(devices+"/nothing", 0o755) }, "nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := oddMachine(t, manyDevices)
			whole := list(c.root, c.ids, []string{"-nnk"})
			if err := test.harm(c.root + "/sys/bus/pci/devices"); err != nil {
				t.Fatal(err)
			}
			for _, l := range lspci {
				if got := l.run(t, c.root, c.ids, []string{"-nnk"}); got.Status != cli.StatusFailed || got.Output != "" {
					t.Errorf("lspci %s: status %d, and printed\n%s", l.Version(), got.Status, got.Output)
				}
			}
			got := list(c.root, c.ids, []string{"-nnk"})
			if got.Status != cli.StatusFailed || strings.Count(got.Complaints, "\n") != 1 || !strings.Contains(got.Complaints, test.wrong) {
				t.Errorf("status %d, and said %q; want %d and one line with %s", got.Status, got.Complaints, cli.StatusFailed, test.wrong)
			}
			if diff := cmp.Diff(whole.Output, got.Output); diff != "" {
				t.Errorf("the rest of the list: -before +after\n%s", diff)
			}
		})
	}
}

// Devices that go while the list is read cost their own lines and no other.
func TestVanishingDevices(t *testing.T) {
	t.Parallel()
	c := oddMachine(t, manyDevices)
	whole := strings.SplitAfter(list(c.root, c.ids, []string{"-Dnn"}).Output, "\n")
	devices := c.root + "/sys/bus/pci/devices/"
	entries, err := os.ReadDir(devices)
	if err != nil {
		t.Fatal(err)
	}
	going := make(chan struct{})
	go func() {
		defer close(going)
		for _, e := range entries {
			_ = os.RemoveAll(devices + e.Name())
		}
	}()
	for gone := false; !gone; {
		select {
		case <-going:
			gone = true
		default:
		}
		got := list(c.root, c.ids, []string{"-Dnn"})
		for line := range strings.Lines(got.Output) {
			// A folder goes file by file: no revision any more, then no ids.
			slot, _, _ := strings.Cut(line, " ")
			if !slices.ContainsFunc(whole, func(w string) bool { return strings.HasPrefix(w, slot+" ") }) {
				t.Fatalf("a line that was not there: %q", line)
			}
		}
		if got.Status != cli.StatusDone && (got.Status != cli.StatusFailed || got.Complaints == "") {
			t.Fatalf("status %d, and said %q", got.Status, got.Complaints)
		}
	}
	if diff := cmp.Diff(answer{}, list(c.root, c.ids, []string{"-Dnn"})); diff != "" {
		t.Errorf("no device is left, and: -want +list\n%s", diff)
	}
}

// lspci's -v is another program's worth of decoding. list has it where it means
// something else: with -m, and with -t.
func TestVerboseIsRefused(t *testing.T) {
	t.Parallel()
	c := oddMachine(t, manyDevices)
	for _, flags := range [][]string{{"-v"}, {"-vv"}, {"-nnv"}, {"-vx"}} {
		got := list(c.root, "", flags)
		if got.Status != cli.StatusUsage || got.Output != "" || !strings.Contains(got.Complaints, "lspci") {
			t.Errorf("list %q: %+v; want a word on lspci and status %d", flags, got, cli.StatusUsage)
		}
	}
}

// A bridge without bus numbers has nothing behind it. lspci 3.10 and later put
// the root bus there, itself with it, and crash.
func TestBridgeWithoutNumbers(t *testing.T) {
	t.Parallel()
	root := scratch.Dir(t)
	header := "\x86\x80\x01\x00\x00\x00\x00\x00\x00\x00\x04\x06\x00\x00\x01" + strings.Repeat("\x00", 49)
	addDevice(t, root, "0000:00:00.0", map[string]string{"class": "0x060000\n", "revision": "0x00\n"})
	addDevice(t, root, "0000:00:01.0", map[string]string{"class": "0x060400\n", "revision": "0x00\n", "config": header})
	addDevice(t, root, "0000:00:02.0", map[string]string{"class": "0x020000\n", "revision": "0x00\n"})
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{[]string{"-t"}, "-[0000:00]-+-00.0\n           +-01.0--\n           \\-02.0\n"},
		{[]string{"-nP"}, "00:00.0 0600: 8086:0001\n00:01.0 0604: 8086:0001\n00:02.0 0200: 8086:0001\n"},
	} {
		for _, l := range references(t) {
			if got := l.run(t, root, "", test.flags); got.Status != crashed && got.Output != test.want {
				t.Errorf("lspci %s %q: status %d\n%s", l.Version(), test.flags, got.Status, got.Output)
			}
		}
		if diff := cmp.Diff(answer{Output: test.want}, list(root, "", test.flags)); diff != "" {
			t.Errorf("list %q: -want +got\n%s", test.flags, diff)
		}
	}
}

// Where a file is missing that every kernel has, its content is looked for in
// config.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	bridge := make([]byte, 256)
	copy(bridge, "\x86\x80\x01\x00\x00\x00\x10\x00\x02\x00\x04\x06\x00\x00\x01")
	bridge[0x34] = 0x40
	copy(bridge[0x40:], "\x0d\x00\x00\x00\x28\x10\x22\x11")
	cardBus := slices.Clone(bridge)
	cardBus[0x0e] = 2
	copy(cardBus[0x40:], "\x28\x10\x22\x11")
	for _, test := range []struct {
		name, class, config string
		want                string
	}{
		{"a bridge's capability names its subsystem", "0x060400\n", string(bridge),
			"00:00.0 0604: 8086:0001 (rev 02)\n\tSubsystem: 1028:1122\n"},
		{"a CardBus bridge's registers name its subsystem", "0x060700\n", string(cardBus),
			"00:00.0 0607: 8086:0001 (rev 02)\n\tSubsystem: 1028:1122\n"},
		{"less than a header has the revision", "0x020000\n", "\x86\x80\x01\x00\x00\x00\x00\x00\x02\x00\x00\x02\x00\x00\x00\x00",
			"00:00.0 0200: 8086:0001 (rev 02)\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := scratch.Dir(t)
			addDevice(t, root, "0000:00:00.0", map[string]string{"class": test.class, "config": test.config})
			for _, l := range lspci {
				if diff := cmp.Diff(test.want, l.run(t, root, "", []string{"-nk"}).Output); diff != "" {
					t.Errorf("lspci %s: -want +got\n%s", l.Version(), diff)
				}
			}
			if diff := cmp.Diff(answer{Output: test.want}, list(root, "", []string{"-nk"})); diff != "" {
				t.Errorf("list: -want +got\n%s", diff)
			}
		})
	}
}

// lspci 3.9 and before cut names at 127 bytes; list has the 255 of later ones.
func TestLongNames(t *testing.T) {
	t.Parallel()
	root := scratch.Dir(t)
	addDevice(t, root, "0000:00:00.0", map[string]string{"class": "0x020000\n", "revision": "0x00\n"})
	ids := scratch.Dir(t) + "/pci.ids"
	if err := os.WriteFile(ids, []byte("8086  "+strings.Repeat("v", 200)+"\n\t0001  "+strings.Repeat("d", 200)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const long, old = 255, 127
	cut := func(limit int) string {
		name := strings.Repeat("v", 200) + " " + strings.Repeat("d", 200)
		return "00:00.0 Class 0200: " + name[:limit-len("...")] + "...\n"
	}
	for _, l := range references(t) {
		limit := long
		if !l.Recent() {
			limit = old
		}
		if diff := cmp.Diff(cut(limit), l.run(t, root, ids, nil).Output); diff != "" {
			t.Errorf("lspci %s: -want +got\n%s", l.Version(), diff)
		}
	}
	if diff := cmp.Diff(answer{Output: cut(long)}, list(root, ids, nil)); diff != "" {
		t.Errorf("list: -want +got\n%s", diff)
	}
}

// Each way in which lspci changed can still be seen, with a lspci of before.
func TestOlder(t *testing.T) {
	t.Parallel()
	lspci := slices.DeleteFunc(references(t), func(l reference) bool { return l.Recent() })
	if len(lspci) == 0 {
		t.Skip("no lspci of before 3.10 is here")
	}
	for _, o := range older {
		t.Run(o.what, func(t *testing.T) {
			const machines = 60
			for seed := range uint64(machines) {
				c := oddMachine(t, seed)
				for _, flags := range [][]string{{"-nt"}, {"-nP"}, {"-nts", "1:"}} {
					alone := !slices.ContainsFunc(older, func(other change) bool { return (other.what == o.what) != other.is(c, flags) })
					if alone && lspci[0].run(t, c.root, c.short, flags).Output != list(c.root, c.short, flags).Output {
						return
					}
				}
			}
			t.Errorf("lspci %s and list agree on %d machines", lspci[0].Version(), machines)
		})
	}
}

// addDevice makes a device 8086:0001 of these files and nothing else.
func addDevice(t *testing.T, root, address string, files map[string]string) {
	t.Helper()
	dir := root + "/sys/bus/pci/devices/" + address + "/"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files["vendor"], files["device"] = "0x8086\n", "0x0001\n"
	for name, content := range files {
		if err := os.WriteFile(dir+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
