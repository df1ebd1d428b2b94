package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// edit makes one edit of the list and writes what it made of it.
func edit(t *testing.T, f sysfs.FS, do func(l *List) error) []change.Change {
	t.Helper()
	l := Open(f)
	err := do(l)
	var plan change.Plan
	if err == nil {
		err = plan.Add(l.Changes()...)
	}
	if err == nil {
		err = plan.CarryOut(t.Context(), change.Host{FS: f})
	}
	if err != nil {
		t.Fatal(err)
	}
	return plan.Changes
}

// add returns an edit that adds a device; set and remove are like it.
func add(d Device) func(*List) error { return func(l *List) error { return l.Add(d) } }

func set(a pci.Address, o Options) func(*List) error {
	return func(l *List) error { return l.Set(a, o) }
}

func remove(a pci.Address) func(*List) error { return func(l *List) error { return l.Remove(a) } }

// edited is the text of File after an edit that is not written.
func edited(t *testing.T, f sysfs.FS, do func(l *List) error) string {
	t.Helper()
	l := Open(f)
	if err := do(l); err != nil {
		t.Fatal(err)
	}
	if changes := l.Changes(); len(changes) > 0 {
		return string(changes[0].New.Content)
	}
	content, _, err := etc.Read(f, File)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestAddToNoFile(t *testing.T) {
	f := tree(t)
	changes := edit(t, f, add(whole(t)))
	text, _, _ := etc.Read(f, File)
	if diff := cmp.Diff(preamble+"\n"+wholeText+"\n", string(text)); diff != "" || changes[0].Old.Exists {
		t.Error(diff)
	}
	list, err := read(f)
	if diff := cmp.Diff([]Declared{{whole(t), File, 4}}, list); diff != "" || err != nil {
		t.Error(err, diff)
	}
	var declared *DeclaredError
	if err := Open(f).Add(Device{Address: address(t, "00:09.0")}); !errors.As(err, &declared) || declared.Device.File != File || declared.Device.Line != 4 {
		t.Error(err)
	}
	edit(t, f, remove(address(t, "00:09.0")))
	if _, exists, err := etc.Read(f, File); exists || err != nil {
		t.Error("the file that Add made stays", err)
	}
}

// TestAddRemove wants the same bytes after adding devices and removing them in
// either order.
func TestAddRemove(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                   "",
		"an empty line":           "\n",
		"no end":                  "# mine",
		"a space at the end":      "# mine\n ",
		"a device":                "[[device]]\naddress = \"00:01.0\"\n",
		"a device, no end":        "[[device]]\naddress = \"00:01.0\" # one",
		"a device, empty lines":   "[[device]]\naddress = \"00:01.0\"\n\n\n",
		"windows":                 "# mine\r\n\r\n[[device]]\r\naddress = \"00:01.0\"\r\n",
		"windows, no end":         "# mine\r\n\r\n[[device]]\r\naddress = \"00:01.0\"",
		"windows and not":         "# mine\r\n\n[[device]]\naddress = \"00:01.0\"\n",
		"a comment at the end":    "[[device]]\naddress = \"00:01.0\"\n# the end\n",
		"comments between":        "[[device]] # a\n# b\naddress = \"00:01.0\" # c\n\n# d\n\n# e\n",
		"what cannot be followed": "x = 1\n[y]\nz = 2\n[[device]]\naddress = 1\n",
		"the header alone":        preamble,
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]string{{"0a:00.0", "0b:00.0"}, {"0b:00.0", "0a:00.0"}} {
				f := tree(t, File, text)
				for _, device := range []string{"0a:00.0", "0b:00.0"} {
					edit(t, f, add(Device{Address: address(t, device), Options: Options{Comment: "new"}}))
				}
				for _, device := range order {
					edit(t, f, remove(address(t, device)))
				}
				got, exists, err := etc.Read(f, File)
				if err != nil || exists != (text != preamble) || exists && string(got) != text {
					t.Errorf("%q, %v, %v; want %q", got, exists, err, text)
				}
			}
		})
	}
}

func TestRemove(t *testing.T) {
	const (
		first = "[[device]]\naddress = \"00:01.0\"\n"
		last  = "[[device]]\naddress = \"00:03.0\"\n"
	)
	for _, test := range []struct {
		name, before, device, after string
	}{
		{"its comments", "# head\n\n" + first + "\n# one\n  # two\n", "[[device]]\n# three\naddress = \"00:02.0\"\n# four\nname = \"x\" # five\n", "# six\n\n" + last},
		{"no line between", first + "# two\n", "[[device]]\naddress = \"00:02.0\"\n", last},
		{"at the beginning", "", "# two\n[[device]]\naddress = \"00:02.0\"\n", "\n" + last},
		{"the last, without an end", first, "\n[[device]]\naddress = \"00:02.0\"", ""},
		{"a text of several lines", first, "\n[[device]]\naddress = \"00:02.0\"\ncomment = \"\"\"\n[[device]]\n\n# no comment\n\"\"\"\n", last},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := tree(t, File, test.before+test.device+test.after)
			got := edited(t, f, remove(address(t, "00:02.0")))
			want := test.before + test.after
			switch test.name { // with the comment directly above
			case "its comments":
				want = "# head\n\n" + first + test.after
			case "no line between":
				want = first + test.after
			case "the last, without an end":
				want = strings.TrimSuffix(first, "\n")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEdits makes edits one after the other: one change of the file comes of
// them, from its bytes to what they would have made of it one by one.
func TestEdits(t *testing.T) {
	const before = "[[device]]\naddress = \"0000:00:09.0\"\n\n[[device]]\naddress = \"0000:00:0a.0\"\n"
	nine, ten, eleven := address(t, "00:09.0"), address(t, "00:0a.0"), address(t, "00:0b.0")
	l := Open(tree(t, File, before))
	for _, do := range []func(*List) error{remove(nine), add(Device{Address: eleven}), set(ten, Options{Name: "wan"})} {
		if err := do(l); err != nil {
			t.Fatal(err)
		}
	}
	const after = "\n[[device]]\naddress = \"0000:00:0a.0\"\nname = \"wan\"\n\n[[device]]\naddress = \"0000:00:0b.0\"\n"
	state := func(text string) change.State {
		return change.State{Exists: true, Content: []byte(text), Mode: 0o644}
	}
	want := []change.Change{{Path: File, Old: state(before), New: state(after), Ours: true, Follow: true}}
	if diff := cmp.Diff(want, l.Changes()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	devices := []Declared{{Device{Address: ten, Options: Options{Name: "wan"}}, File, 2}, {Device{Address: eleven}, File, 6}}
	if diff := cmp.Diff(devices, l.Devices()); diff != "" || len(l.Problems()) > 0 {
		t.Errorf("%v (-want +got):\n%s", l.Problems(), diff)
	}
	var declared *DeclaredError
	if err := l.Add(Device{Address: ten}); !errors.As(err, &declared) {
		t.Errorf("%s was added twice: %v", ten, err)
	}
	var undeclared *UndeclaredError
	if err := l.Remove(nine); !errors.As(err, &undeclared) {
		t.Errorf("%s was removed twice: %v", nine, err)
	}
}

// TestEditsThatCancel leaves a file as it is, or absent, where a later edit takes
// an earlier one back.
func TestEditsThatCancel(t *testing.T) {
	for name, f := range map[string]sysfs.FS{"no file": tree(t), "a file": tree(t, File, "# mine")} {
		l := Open(f)
		if err := errors.Join(l.Add(whole(t)), l.Remove(whole(t).Address)); err != nil || len(l.Changes()) > 0 {
			t.Errorf("%s: %v, %v", name, l.Changes(), err)
		}
	}
}

// TestReadOnce edits a list whose files have gone since it was opened: nothing is
// read again.
func TestReadOnce(t *testing.T) {
	const text = "[[device]]\naddress = \"00:02.0\"\n"
	f := tree(t, File, text, DropIns+"/x.toml", strings.Replace(text, "2", "3", 1))
	l := Open(f)
	if err := os.RemoveAll(f.Path("/etc")); err != nil {
		t.Fatal(err)
	}
	two, three, four := address(t, "00:02.0"), address(t, "00:03.0"), address(t, "00:04.0")
	if err := errors.Join(l.Set(three, Options{Name: "x"}), l.Remove(two), l.Add(Device{Address: four})); err != nil {
		t.Error(err)
	}
	if devices := l.Devices(); len(devices) != 2 || len(l.Changes()) != 2 {
		t.Errorf("%v, %v", devices, l.Changes())
	}
}

// TestLink leaves a link to the list a link, though no device is left in it.
func TestLink(t *testing.T) {
	f := tree(t, "/srv/devices.toml", preamble, "/etc/xenpci/other", "")
	if err := os.Symlink("../../srv/devices.toml", f.Path(File)); err != nil {
		t.Fatal(err)
	}
	edit(t, f, add(whole(t)))
	if list, err := read(f); len(list) != 1 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
	edit(t, f, remove(whole(t).Address))
	target, err := f.Readlink(File)
	text, _, _ := etc.Read(f, "/srv/devices.toml")
	if err != nil || target != "../../srv/devices.toml" || string(text) != preamble {
		t.Errorf("%q, %v, %q", target, err, text)
	}
}

// TestRemoveWhereDeclared edits the file that declares the device, and keeps it
// even when it is empty then.
func TestRemoveWhereDeclared(t *testing.T) {
	const file, text = DropIns + "/x.toml", "[[device]]\naddress = \"00:02.0\"\n"
	f := tree(t, File, preamble, file, text)
	changes := edit(t, f, remove(address(t, "00:02.0")))
	want := []change.Change{{
		Path: file, Old: change.State{Exists: true, Content: []byte(text), Mode: 0o644},
		New: change.State{Exists: true, Content: []byte{}, Mode: 0o644}, Ours: true, Follow: true,
	}}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Error(diff)
	}
	var undeclared *UndeclaredError
	if err := Open(f).Remove(address(t, "00:02.0")); !errors.As(err, &undeclared) || undeclared.Address != address(t, "00:02.0") {
		t.Error(err)
	}
}

func TestSet(t *testing.T) {
	for _, test := range []struct {
		name, before string
		options      Options
		after        string
	}{
		{
			"nothing", "[[device]]\naddress = \"00:02.0\"\npermissive = false # no\n", Options{},
			"[[device]]\naddress = \"00:02.0\"\npermissive = false # no\n",
		},
		{
			"new", "[[device]]\naddress = \"00:02.0\" # two\n\n# end\n", Options{"wan", true, true, DriftReport, "a"},
			"[[device]]\naddress = \"00:02.0\" # two\nname = \"wan\"\npermissive = true\nquarantine = false\non-drift = \"report\"\ncomment = \"a\"\n\n# end\n",
		},
		{
			"new, windows, no end", "[[device]]\r\naddress = \"00:02.0\"", Options{Permissive: true, Name: "x"},
			"[[device]]\r\naddress = \"00:02.0\"\r\nname = \"x\"\r\npermissive = true",
		},
		{
			"other values", "[[device]]\naddress = \"00:02.0\"\n name  =  'old' # why\nquarantine=false\n", Options{Name: "new", NoQuarantine: true},
			"[[device]]\naddress = \"00:02.0\"\n name  =  \"new\" # why\nquarantine=false\n",
		},
		{
			"none any more", "[[device]]\nname = \"old\" # x\naddress = \"00:02.0\"\nquarantine = false # slow\npermissive = true\ncomment = '''\nx\n'''\n", Options{},
			"[[device]]\naddress = \"00:02.0\"\nquarantine = true # slow\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			const around = "[[device]]\naddress = \"00:01.0\"\n\n"
			if strings.Contains(test.before, "\r") {
				test.before = strings.ReplaceAll(around, "\n", "\r\n") + test.before
				test.after = strings.ReplaceAll(around, "\n", "\r\n") + test.after
			} else {
				test.before, test.after = around+test.before, around+test.after
			}
			f := tree(t, File, test.before)
			if diff := cmp.Diff(test.after, edited(t, f, set(address(t, "00:02.0"), test.options))); diff != "" {
				t.Error(diff)
			}
			edit(t, f, set(address(t, "00:02.0"), test.options))
			list, err := read(f)
			if err != nil || len(list) != 2 || list[1].Options != test.options {
				t.Error(list, err)
			}
		})
	}
}

// TestSetBack takes options back, to the byte.
func TestSetBack(t *testing.T) {
	const text = "[[device]]\naddress = \"00:02.0\""
	f := tree(t, File, text)
	for _, o := range []Options{{"wan", true, true, DriftHide, "a"}, {}} {
		edit(t, f, set(address(t, "00:02.0"), o))
	}
	if got, _, _ := etc.Read(f, File); string(got) != text {
		t.Errorf("%q, want %q", got, text)
	}
}

// TestEditRefused edits nothing that it does not understand.
func TestEditRefused(t *testing.T) {
	torn := tree(t, File, "[[device]]\naddress = \"00:02.0\"\n\n[[device]]\nname = wan\n")
	const notTOML = File + ":5:8: TOML"
	twice := tree(t, File, "[[device]]\naddress = \"00:02.0\"\n", DropIns+"/x.toml", "\n[[device]]\naddress = \"00:02.0\"\n")
	sound := tree(t, File, "[[device]]\naddress = \"00:02.0\"\n")
	large := tree(t, File, strings.Repeat("#", maxFile-10)+"\n")
	full := tree(t, File, manyDevices(maxDevices))
	for _, test := range []struct {
		name string
		list sysfs.FS
		edit func(*List) error
		want string
	}{
		{"add to what is torn", torn, add(whole(t)), notTOML},
		{"remove from it", torn, remove(address(t, "00:02.0")), notTOML},
		{"set in it", torn, set(address(t, "00:02.0"), Options{}), notTOML},
		{
			"remove what would be declared still", twice, remove(address(t, "00:02.0")),
			DropIns + "/x.toml:2:1: 0000:00:02.0 | twice | /etc/xenpci/devices.toml:1",
		},
		{"a file that would be too large", large, add(whole(t)), File + ": 256 KiB"},
		{
			"a device too many", full, add(Device{Address: address(t, "ffff:00:00.0")}),
			File + ": 1024 devices",
		},
		{"a bad value", sound, add(Device{Address: address(t, "00:03.0"), MAC: "none"}), `0000:00:03.0: mac: "none" | "00:1b:21:aa:bb:cc"`},
		{"a bad option", sound, set(address(t, "00:02.0"), Options{Name: "a b"}), "0000:00:02.0: name: " + errNoName.Error()},
	} {
		l := Open(test.list)
		err := test.edit(l)
		if len(l.Changes()) > 0 {
			t.Errorf("%s: %v", test.name, l.Changes())
		}
		var problems Problems
		switch {
		case errors.As(err, &problems):
			are(t, problems, test.want)
		case err == nil:
			t.Errorf("%s: it was done", test.name)
		default:
			for fact := range strings.SplitSeq(test.want, " | ") {
				if !strings.Contains(err.Error(), fact) {
					t.Errorf("%s: %v; want %q", test.name, err, fact)
				}
			}
		}
	}
}
