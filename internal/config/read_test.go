package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// tree makes a root with these files, by name and content in turn.
func tree(t testing.TB, files ...string) sysfs.FS {
	t.Helper()
	root := scratch.Dir(t)
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(root, files[i])
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(files[i+1]), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return sysfs.New(root)
}

// read reads the list; what is wrong with it is the error.
func read(f sysfs.FS) ([]Declared, error) {
	l := Open(f)
	if problems := l.Problems(); len(problems) > 0 {
		return l.Devices(), problems
	}
	return l.Devices(), nil
}

func address(t testing.TB, text string) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func class(c pci.Class) *pci.Class { return &c }

// whole is a device with everything.
func whole(t testing.TB) Device {
	return Device{
		Address:   address(t, "00:09.0"),
		ID:        &ID{0x8086, 0x100e},
		Subsystem: &ID{0x1af4, 0x1100},
		Class:     class(0x020000),
		Path:      "0000:00:1c.0/+1:00.0",
		Serial:    "00-1b-21-ff-ff-aa-bb-cc",
		MAC:       "00:1b:21:aa:bb:cc",
		Slot:      "PCIe Slot 3",
		Options:   Options{"wan", true, true, DriftReport, "uplink, \"blue\" cable\nbehind \\ the rack\x01"},
	}
}

const wholeText = `[[device]]
address = "0000:00:09.0"
id = "8086:100e"
subsystem = "1af4:1100"
class = "020000"
path = "0000:00:1c.0/+1:00.0"
serial = "00-1b-21-ff-ff-aa-bb-cc"
mac = "00:1b:21:aa:bb:cc"
slot = "PCIe Slot 3"
name = "wan"
permissive = true
quarantine = false
on-drift = "report"
comment = "uplink, \"blue\" cable\nbehind \\ the rack\u0001"`

func TestReadWhole(t *testing.T) {
	if diff := cmp.Diff(wholeText, string(whole(t).print("\n"))); diff != "" {
		t.Error(diff)
	}
	list, err := read(tree(t, File, "# mine\n\n"+wholeText+"\n", DropIns+"/a.toml", "\n[[ device ]] # x\naddress='1:2.3'\nquarantine=true"))
	want := []Declared{
		{whole(t), File, 3},
		{Device{Address: address(t, "01:02.3")}, DropIns + "/a.toml", 2},
	}
	if diff := cmp.Diff(want, list); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// are fails the test unless the problems are those of want: a line for each, with
// its place and facts that its text has, "5:1: twice | 0000:0a:00.0".
func are(t *testing.T, problems Problems, want string) {
	t.Helper()
	var wanted []string
	if want != "" {
		wanted = strings.Split(want, "\n")
	}
	for i, p := range problems {
		place := strings.TrimPrefix(p.Place()+": ", ":")
		text := strings.TrimPrefix(p.Error(), ":")
		switch {
		case i >= len(wanted):
			t.Errorf("%s: unexpected", text)
			continue
		case !strings.HasPrefix(wanted[i], place):
			t.Errorf("%s; want one at %s", text, wanted[i])
			continue
		}
		for fact := range strings.SplitSeq(strings.TrimPrefix(wanted[i], place), " | ") {
			if !strings.Contains(text, fact) {
				t.Errorf("%s: does not have %q", text, fact)
			}
		}
	}
	if len(problems) < len(wanted) {
		t.Errorf("%d problems; want %q", len(problems), wanted)
	}
}

// TestRead has one file for each thing that can be wrong. The addresses are those
// of the devices that are read all the same.
func TestRead(t *testing.T) {
	const sound = "\n[[device]]\naddress = \"0a:00.0\"\n"
	for _, test := range []struct {
		name, text string
		counts     string
		problems   string
	}{
		{"nothing", "", "", ""},
		{"comments", "# none\r\n", "", ""},
		{"windows", "[[device]]\r\naddress = \"00:01.0\" # one\r\n", "00:01.0", ""},
		{
			"an unknown key", "[[device]]\naddress = \"00:01.0\"\n  adress = \"00:01.0\"\n" + sound, "0a:00.0",
			`3:3: unknown | "adress" | "address"`,
		},
		{
			"a key of nothing known", "[[device]]\naddress = \"00:01.0\"\ndriver.name = 1\n" + sound, "0a:00.0",
			`3:1: unknown | "driver.name" | address, id, subsystem, class, path, serial, mac, slot, name, permissive, quarantine, on-drift, comment`,
		},
		{
			"wrong types", "[[device]]\naddress = 9\npermissive = \"true\"\nname = [1, 2]\nslot = {}\nquarantine =   1979-05-27\n" + sound, "0a:00.0",
			`2:11: "address" | number | in quotes
3:14: "permissive" | string | true or false
4:8: "name" | array | in quotes
5:8: "slot" | table | in quotes
6:16: "quarantine" | date | true or false`,
		},
		{
			"bad values", "[[device]]\naddress = \"00:09:0\"\nid = \"8086\"\nsubsystem = \"10ec:81680\"\nclass = \"0200\"\npath = \"00:1c.0\"\nserial = \"12\"\n" +
				"mac = \"00:1b:21:aa:bb\"\nslot = \"\"\nname = \"a b\"\non-drift = \"Report\"\ncomment = \"" + strings.Repeat("x", maxText+1) + "\"\n" + sound, "0a:00.0",
			`2:11: address: "00:09:0" | 00:09.0
3:6: id: "8086" | "8086:100e"
4:13: subsystem: "10ec:81680" | "8086:100e"
5:9: class: "0200" | "020000"
6:8: path: | "0000:00:1c.0/00.0"
7:10: serial: "12" | "00-1b-21-ff-ff-aa-bb-cc"
8:7: mac: "00:1b:21:aa:bb" | "00:1b:21:aa:bb:cc"
9:8: slot: | empty
10:8: name: | , / = [ ]
11:12: on-drift: "Report" | "hide" | "report"
12:11: comment: | 1024`,
		},
		{
			"a key twice", "[[device]]\naddress = \"00:01.0\"\naddress = \"00:02.0\"\n" + sound, "0a:00.0",
			`3:1: "address" | twice`,
		},
		{
			"no address", "[[device]]\nname = \"a\"\n" + sound, "0a:00.0",
			`1:1: no address | address = "0000:00:09.0"`,
		},
		{
			"a device twice", sound + "name = \"first\"\n[[device]]\naddress = \"0000:0A:00.0\"\n", "0a:00.0",
			`5:1: 0000:0a:00.0 | twice | /etc/xenpci/devices.toml:2`,
		},
		{
			"another table", "[[devices]]\naddress = \"00:01.0\"\n" + sound, "0a:00.0",
			`1:3: table "devices" | [[device]]`,
		},
		{
			"one table", "[device]\naddress = \"00:01.0\"\n" + sound, "0a:00.0",
			`1:2: table "device" | [[device]]`,
		},
		{
			"a table in a device", "[[device]]\naddress = \"00:01.0\"\n[device.options]\nname = \"a\"\n" + sound, "0a:00.0",
			`3:2: table "device.options" | [[device]]`,
		},
		{
			"a key of no device", "address = \"00:01.0\"\n" + sound, "0a:00.0",
			`1:1: key "address" | [[device]]`,
		},
		{
			"no TOML", "#!/bin/sh\nexit 0\n", "",
			`2:6: TOML | expected '=' after key`,
		},
		{
			"a line that is no TOML", "[[device]]\naddress = \"00:01.0\"\nname = wan\n" + sound, "0a:00.0",
			`3:8: TOML | unexpected character U+0077 'w' at start of value`,
		},
		{
			"a header that is no TOML", "[[device]]\naddress = \"00:01.0\"\n[[device]\naddress = \"00:02.0\"\n" + sound, "00:01.0 0a:00.0",
			`3:9: TOML | expected ']]' to close array table name`,
		},
		{
			"a text without an end", "[[device]]\naddress = \"00:01.0\n" + sound, "0a:00.0",
			`2:19: TOML | basic strings cannot have new lines`,
		},
		{
			"a long text without an end", sound + "[[device]]\naddress = \"00:01.0\"\ncomment = \"\"\"\nand so on", "0a:00.0",
			`7:9: TOML | multiline basic string not terminated by """`,
		},
		{
			"no text", "\x00\xff", "",
			`1:1: TOML | invalid character at start of key: U+0000`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := read(tree(t, File, test.text))
			var counts []string
			for _, d := range list {
				counts = append(counts, d.Address.Short())
			}
			if diff := cmp.Diff(test.counts, strings.Join(counts, " ")); diff != "" {
				t.Error(diff)
			}
			var problems Problems
			_ = errors.As(err, &problems)
			for i := range problems {
				problems[i].File = ""
			}
			are(t, problems, test.problems)
		})
	}
}

// TestReadFiles reads one file after the other; what is wrong with one costs no
// other.
func TestReadFiles(t *testing.T) {
	const one = "[[device]]\naddress = %q\n"
	f := tree(t,
		DropIns+"/b.toml", fmt.Sprintf(one, "00:02.0")+fmt.Sprintf(one, "00:01.0"),
		DropIns+"/a.toml", "nothing",
		DropIns+"/large.toml", strings.Repeat("#", maxFile+1),
		DropIns+"/z.toml", "x = 1\n"+fmt.Sprintf(one, "00:03.0"),
		DropIns+"/.hidden.toml", fmt.Sprintf(one, "00:04.0"),
		DropIns+"/b.toml.dpkg-old", fmt.Sprintf(one, "00:05.0"),
		DropIns+"/folder.toml/x", "",
		File, fmt.Sprintf(one, "00:01.0")+"y = 1\n",
	)
	list, err := read(f)
	var counts []string
	for _, d := range list {
		counts = append(counts, fmt.Sprintf("%s %s:%d", d.Address.Short(), d.File, d.Line))
	}
	if diff := cmp.Diff([]string{"00:02.0 " + DropIns + "/b.toml:1", "00:01.0 " + DropIns + "/b.toml:3", "00:03.0 " + DropIns + "/z.toml:2"}, counts); diff != "" {
		t.Error(diff)
	}
	var problems Problems
	_ = errors.As(err, &problems)
	are(t, problems, File+`:3:1: key "y"
`+DropIns+`/a.toml:1:7: TOML
`+DropIns+`/folder.toml: regular file
`+DropIns+`/large.toml: 256 KiB
`+DropIns+`/z.toml:1:1: key "x"`)
}

func TestReadNone(t *testing.T) {
	if list, err := read(tree(t)); len(list) != 0 || err != nil {
		t.Error(list, err)
	}
}

// TestReadBounds reads no more than there may be.
func TestReadBounds(t *testing.T) {
	files := []string{File, manyDevices(maxDevices + 1)}
	for i := range maxFiles {
		files = append(files, fmt.Sprintf("%s/%03d.toml", DropIns, i), "")
	}
	list, err := read(tree(t, files...))
	if len(list) != maxDevices {
		t.Errorf("%d devices", len(list))
	}
	var problems Problems
	_ = errors.As(err, &problems)
	are(t, problems, File+":2049:1: more than 1024 devices\n"+DropIns+"/063.toml: more than 64 files")
}

// TestReadBoundsOfNames reads nothing of a folder in which it cannot tell what
// comes first.
func TestReadBoundsOfNames(t *testing.T) {
	files := []string{File, manyDevices(1)}
	for i := range maxNames + 1 {
		files = append(files, fmt.Sprintf("%s/%d.toml", DropIns, i), "")
	}
	list, err := read(tree(t, files...))
	if len(list) != 1 {
		t.Errorf("%d devices", len(list))
	}
	var problems Problems
	_ = errors.As(err, &problems)
	are(t, problems, DropIns+": more than 4096 files")
}

func manyDevices(n int) string {
	var many strings.Builder
	for i := range n {
		fmt.Fprintf(&many, "[[device]]\naddress = \"%04x:00:00.0\"\n", i)
	}
	return many.String()
}

// TestPositions wants the place of whatever byte, the one after the last too.
func TestPositions(t *testing.T) {
	for _, text := range []string{"", "a", "\n", "a\n", "a\nbc", "\n\n\r\nd\n", strings.Repeat("a = 1\n", 3000)} {
		doc := parse(File, []byte(text))
		step := 1 + len(text)/500
		for at := 0; at <= len(text); at += step {
			before := text[:at]
			line, column := doc.position(at)
			if wantLine, wantColumn := 1+strings.Count(before, "\n"), at-strings.LastIndexByte(before, '\n'); line != wantLine || column != wantColumn {
				t.Errorf("byte %d of %.20q: %d:%d, want %d:%d", at, text, line, column, wantLine, wantColumn)
			}
		}
	}
}

// TestReadCharacters names a character that TOML does not have there, and what to type.
func TestReadCharacters(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a byte order mark", "\uFEFF[[device]]\naddress = \"0000:00:09.0\"\n", ":1:1: not valid TOML: a byte order mark (U+FEFF); save the file as UTF-8 without it"},
		{"curly quotes", "[[device]]\naddress = “0000:00:09.0”\n", ":2:11: not valid TOML: the character “ (U+201C); type \" in its place"},
		{"single curly quotes", "[[device]]\naddress = ‘0000:00:09.0’\n", ":2:11: not valid TOML: the character ‘ (U+2018); type \" in its place"},
		{"a curly quote at the end", "[[device]]\naddress = \"0000:00:09.0”\n", ":2:27: not valid TOML: the character ” (U+201D); type \" in its place"},
		{"German quotes", "[[device]]\naddress = „0000:00:09.0“\n", ":2:11: not valid TOML: the character „ (U+201E); type \" in its place"},
		{"a blank that does not break", "[[device]]\naddress =\u00A0\"0000:00:09.0\"\n", ":2:10: not valid TOML: the character U+00A0; type a blank in its place"},
		{"a dash", "[[device]]\naddress = –1\n", ":2:11: not valid TOML: the character – (U+2013); type - in its place"},
		{"a letter", "[[device]]\naddress = ä\n", ":2:11: not valid TOML: the character ä (U+00E4); text stands between two \""},
		{"no UTF-8", "[[device]]\naddress = \xff\n", ":2:11: not valid TOML: the byte ff, which is no UTF-8; save the file as UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(tree(t, File, test.text))
			var problems Problems
			if !errors.As(err, &problems) || problems[0].Error() != File+test.want {
				t.Errorf("%v\nwant %s", err, File+test.want)
			}
		})
	}
}

// TestReadManyProblems reports only the first problems.
func TestReadManyProblems(t *testing.T) {
	_, err := read(tree(t, File, strings.Repeat("a = 1\n", 300)))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != maxProblems+1 {
		t.Fatalf("%d problems", len(problems))
	}
	are(t, problems[maxProblems:], File+":101:1: 200 more problems")
}
