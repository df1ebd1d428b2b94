package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func write(t *testing.T, f sysfs.FS, c Change, err error) {
	t.Helper()
	if err == nil {
		err = c.Write(f)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAddToNoFile(t *testing.T) {
	f := tree(t)
	change, err := Add(f, whole(t))
	write(t, f, change, err)
	text, _, _ := etc.Read(f, File)
	if diff := cmp.Diff(preamble+"\n"+wholeText+"\n", string(text)); diff != "" || change.Old != nil {
		t.Error(diff)
	}
	list, err := Read(f)
	if diff := cmp.Diff([]Declared{{whole(t), File, 4}}, list); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := Add(f, Device{Address: address(t, "00:09.0")}); err == nil || err.Error() != "0000:00:09.0 is declared already, at /etc/xenpci/devices.toml:4" {
		t.Error(err)
	}
	change, err = Remove(f, address(t, "00:09.0"))
	write(t, f, change, err)
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
					change, err := Add(f, Device{Address: address(t, device), Options: Options{Comment: "new"}})
					write(t, f, change, err)
				}
				for _, device := range order {
					change, err := Remove(f, address(t, device))
					write(t, f, change, err)
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
			change, err := Remove(f, address(t, "00:02.0"))
			if err != nil {
				t.Fatal(err)
			}
			want := test.before + test.after
			switch test.name { // with what stands right above
			case "its comments":
				want = "# head\n\n" + first + test.after
			case "no line between":
				want = first + test.after
			case "the last, without an end":
				want = strings.TrimSuffix(first, "\n")
			}
			if diff := cmp.Diff(want, string(change.New)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestThen plans edits one after the other and writes none: one change of the file
// comes of it, from its bytes to what the edits would have made of it one by one.
func TestThen(t *testing.T) {
	const before = "[[device]]\naddress = \"0000:00:09.0\"\n\n[[device]]\naddress = \"0000:00:0a.0\"\n"
	nine, ten, eleven := address(t, "00:09.0"), address(t, "00:0a.0"), address(t, "00:0b.0")
	f := tree(t, File, before)
	var planned []Change
	for _, plan := range []func() (Change, error){
		func() (Change, error) { return Remove(f, nine, planned...) },
		func() (Change, error) { return Add(f, Device{Address: eleven}, planned...) },
		func() (Change, error) { return Set(f, ten, Options{Name: "wan"}, planned...) },
	} {
		change, err := plan()
		if err != nil {
			t.Fatal(err)
		}
		planned = Then(planned, change)
	}
	const after = "\n[[device]]\naddress = \"0000:00:0a.0\"\nname = \"wan\"\n\n[[device]]\naddress = \"0000:00:0b.0\"\n"
	want := []Change{{File: File, Old: []byte(before), New: []byte(after)}}
	if diff := cmp.Diff(want, planned); diff != "" {
		t.Errorf("planned (-want +got):\n%s", diff)
	}
	if _, err := Add(f, Device{Address: ten}, planned...); err == nil {
		t.Errorf("%s was added twice", ten)
	}
}

// TestRemoveWhereDeclared edits the file that declares the device, and keeps it
// even when it is empty then.
func TestRemoveWhereDeclared(t *testing.T) {
	f := tree(t, File, preamble, DropIns+"/x.toml", "[[device]]\naddress = \"00:02.0\"\n")
	change, err := Remove(f, address(t, "00:02.0"))
	want := Change{DropIns + "/x.toml", []byte("[[device]]\naddress = \"00:02.0\"\n"), []byte{}}
	if diff := cmp.Diff(want, change); diff != "" || err != nil {
		t.Error(err, diff)
	}
	write(t, f, change, err)
	var undeclared *UndeclaredError
	if _, err := Remove(f, address(t, "00:02.0")); !errors.As(err, &undeclared) ||
		err.Error() != "0000:00:02.0 is not declared in /etc/xenpci/devices.toml or /etc/xenpci/devices.d" {
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
			"new", "[[device]]\naddress = \"00:02.0\" # two\n\n# end\n", Options{"wan", true, true, "a"},
			"[[device]]\naddress = \"00:02.0\" # two\nname = \"wan\"\npermissive = true\nquarantine = false\ncomment = \"a\"\n\n# end\n",
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
			change, err := Set(f, address(t, "00:02.0"), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after, string(change.New)); diff != "" {
				t.Error(diff)
			}
			write(t, f, change, err)
			list, err := Read(f)
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
	for _, o := range []Options{{"wan", true, true, "a"}, {}} {
		change, err := Set(f, address(t, "00:02.0"), o)
		write(t, f, change, err)
	}
	if got, _, _ := etc.Read(f, File); string(got) != text {
		t.Errorf("%q, want %q", got, text)
	}
}

// TestEditRefused edits nothing that it does not understand.
func TestEditRefused(t *testing.T) {
	torn := tree(t, File, "[[device]]\naddress = \"00:02.0\"\n\n[[device]]\nname = wan\n")
	const notTOML = "/etc/xenpci/devices.toml:5:8: this is not TOML: unexpected character U+0077 'w' at start of value"
	twice := tree(t, File, "[[device]]\naddress = \"00:02.0\"\n", DropIns+"/x.toml", "\n[[device]]\naddress = \"00:02.0\"\n")
	sound := tree(t, File, "[[device]]\naddress = \"00:02.0\"\n")
	large := tree(t, File, strings.Repeat("#", maxFile-10)+"\n")
	full := tree(t, File, manyDevices(maxDevices))
	for _, test := range []struct {
		name string
		edit func() (Change, error)
		want string
	}{
		{"add to what is torn", func() (Change, error) { return Add(torn, whole(t)) }, notTOML},
		{"remove from it", func() (Change, error) { return Remove(torn, address(t, "00:02.0")) }, notTOML},
		{"set in it", func() (Change, error) { return Set(torn, address(t, "00:02.0"), Options{}) }, notTOML},
		{
			"remove what would be declared still", func() (Change, error) { return Remove(twice, address(t, "00:02.0")) },
			"/etc/xenpci/devices.d/x.toml:2:1: 0000:00:02.0 is declared twice; remove this or what is at /etc/xenpci/devices.toml:1 by hand",
		},
		{"a file that would be too large", func() (Change, error) { return Add(large, whole(t)) }, "/etc/xenpci/devices.toml: it is larger than 256 KiB"},
		{
			"a device too many", func() (Change, error) { return Add(full, Device{Address: address(t, "ffff:00:00.0")}) },
			"/etc/xenpci/devices.toml: 1024 devices are declared already, and more are not read",
		},
		{"a bad value", func() (Change, error) {
			return Add(sound, Device{Address: address(t, "00:03.0"), MAC: "none"})
		}, `0000:00:03.0: mac: "none" is not six bytes in hexadecimal, as in "00:1b:21:aa:bb:cc"`},
		{"a bad option", func() (Change, error) { return Set(sound, address(t, "00:02.0"), Options{Name: "a b"}) }, "0000:00:02.0: name: " + errNoName.Error()},
	} {
		if change, err := test.edit(); err == nil || err.Error() != test.want {
			t.Errorf("%s: %q, %v", test.name, change.New, err)
		}
	}
}
