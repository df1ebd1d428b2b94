package grub

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown is what a test compares of an entry.
type shown struct {
	Title, ID    string
	Number       int
	From, To     int
	Conditional  bool
	Recovery     bool
	Xen, Dom0    string // files
	XenArguments string
	Arguments    string // of dom0's kernel, or of Linux without Xen
	Initrds      string
	Below        []shown
	Classes      string
}

func show(menu []Entry) (all []shown) {
	for _, e := range menu {
		s := shown{Title: e.Title, ID: e.ID, Number: e.Number, From: e.Line, To: e.LastLine, Conditional: e.Conditional,
			Recovery: e.Recovery(), Below: show(e.Entries), Classes: strings.Join(e.Classes, " ")}
		if x, ok := e.Xen(); ok {
			s.Xen, s.XenArguments = x.Hypervisor.File, x.Hypervisor.Arguments.String()
			s.Dom0, s.Arguments, s.Initrds = x.Dom0.File, x.Dom0.Arguments.String(), strings.Join(x.Initrds(), " ")
		} else if kernel, initrds, ok := e.Linux(); ok {
			s.Dom0, s.Arguments, s.Initrds = kernel.File, kernel.Arguments.String(), strings.Join(initrds, " ")
		}
		all = append(all, s)
	}
	return all
}

func TestParseConfig(t *testing.T) {
	const vmlinuz, initrd, xen = "/boot/vmlinuz-6.1.0-18-amd64", "/boot/initrd.img-6.1.0-18-amd64", "/boot/xen-4.17-amd64.gz"
	c, err := ParseConfig(sample(t, "debian12-grub.cfg"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []shown{
		{Title: "Debian GNU/Linux", ID: "gnulinux-simple-6a0f", From: 64, To: 76, Classes: "debian gnu-linux gnu os",
			Dom0: vmlinuz, Arguments: "root=UUID=6a0f ro quiet", Initrds: initrd},
		{Title: "Advanced options for Debian GNU/Linux", ID: "gnulinux-advanced-6a0f", Number: 1, From: 77, To: 83, Below: []shown{
			{Title: "Debian GNU/Linux, with Linux 6.1.0-18-amd64 (recovery mode)", ID: "gnulinux-6.1.0-18-amd64-recovery-6a0f", From: 78, To: 82,
				Classes: "debian os", Recovery: true, Dom0: vmlinuz, Arguments: "root=UUID=6a0f ro single", Initrds: initrd},
		}},
		{Title: "Debian GNU/Linux, with Xen hypervisor", ID: "xen-gnulinux-simple-6a0f", Number: 2, From: 87, To: 102, Classes: "debian gnu-linux gnu os xen",
			Xen: xen, XenArguments: "placeholder dom0_mem=1G,max:1G ${xen_rm_opts}", Dom0: vmlinuz,
			Arguments: "placeholder root=UUID=6a0f ro quiet xen-pciback.hide=(0000:00:09.0)(0000:00:04.0)", Initrds: initrd},
		{Title: "Advanced options for Debian GNU/Linux (with Xen hypervisor)", ID: "gnulinux-advanced-6a0f", Number: 3, From: 103, To: 112, Below: []shown{
			{Title: "Xen hypervisor, version 4.17-amd64", ID: "xen-hypervisor-4.17-amd64-6a0f", From: 104, To: 111, Below: []shown{
				{Title: "Debian GNU/Linux, with Xen 4.17-amd64 and Linux 6.1.0-18-amd64 (recovery mode)", ID: "xen-gnulinux-6.1.0-18-amd64-recovery-6a0f",
					From: 105, To: 110, Classes: "debian xen", Recovery: true, Xen: xen, XenArguments: "placeholder dom0_mem=1G,max:1G", Dom0: vmlinuz,
					Arguments: "placeholder root=UUID=6a0f ro single", Initrds: initrd},
			}},
		}},
		{Title: "UEFI Firmware Settings", ID: "uefi-firmware", Number: -1, From: 117, To: 119, Conditional: true},
	}
	if diff := cmp.Diff(want, show(c.Entries)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if titles := c.XenEntries(); len(titles) != 2 || titles[0].Title != want[2].Title {
		t.Errorf("%d entries with Xen", len(titles))
	}
	data := sample(t, "debian12-grub.cfg")
	for _, e := range c.Entries {
		if text := string(data[e.Start:e.End]); !strings.Contains(text, e.Title) || !strings.HasSuffix(text, "}") {
			t.Errorf("%q is not %q", text, e.Title)
		}
	}
	var included []string
	for _, i := range c.Included {
		included = append(included, i.Name+" "+strings.Join(i.Words, " "))
	}
	if diff := cmp.Diff([]string{"source ${config_directory}/custom.cfg", "source ${prefix}/custom.cfg"}, included); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestPlatform reads what the scripts of GRUB write for Xen, where the platform is known.
func TestPlatform(t *testing.T) {
	for platform, want := range map[string]string{"pc": "placeholder dom0_mem=1G,max:1G", "efi": "placeholder dom0_mem=1G,max:1G no-real-mode edd=off"} {
		c, err := ParseConfig(sample(t, "debian12-grub.cfg"), map[string]string{Platform: platform})
		if err != nil {
			t.Fatal(err)
		}
		x, ok := c.XenEntries()[0].Xen()
		if got := x.Hypervisor.Arguments.String(); !ok || got != want {
			t.Errorf("%s: %q, want %q", platform, got, want)
		}
		if last := c.Entries[len(c.Entries)-1]; last.Conditional != (platform == "pc") {
			t.Errorf("%s: %q is conditional: %t", platform, last.Title, last.Conditional)
		}
	}
}

func TestScriptQuoting(t *testing.T) {
	for _, test := range []struct{ name, script, file, arguments string }{
		{"quotes", `linux '/a b' x="c d" "e'f" g\ h "i\"j\$k\l"`, "/a b", `"x=c d" e\'f "g h" i\"j$k\\l`},
		{"variables", "set a=1 b=\"$a 2\"\nlinux /v $a ${b}c $grub_platform $later\nlater=x", "/v", `1 1 2c ${grub_platform}`},
		{"a variable in quotes", "set a='1  2'\nlinux /v \"$a\" x$a\"\" \"$later\" $later y", "/v", `"1  2" x1 2  y`},
		{"a branch that is taken", "set a=1\nif [ $a = 2 -o $a = 1 -a -n \"$a\" ]; then b=yes; else b=no; fi\nlinux /v $b", "/v", "yes"},
		{"a branch that is not taken", "set a=1\nif [ $a = 2 -o $a = 3 ]; then b=yes; linux /w; else b=no; fi\nlinux /v $b", "/v", "no"},
		{"a branch by machine", "if [ $grub_platform = pc -o $a = 3 ]; then b=yes; else b=no; fi\nlinux /v $b", "/v", "${b}"},
		{"joined lines", "linux /v a \\\n  b\\\nc # d\n", "/v", "a bc"},
		{"braces", "linux /v (0000:00:09.0)(00:04.*) a}", "/v", "(0000:00:09.0)(00:04.*) a"},
		{"options", "linux --nounzip /v", "/v", ""},
		{"CRLF", "linux /v a\r\n", "/v", "a"},
		{"nothing", "linux", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := "}"
			if strings.HasSuffix(test.script, "}") {
				end = ""
			}
			c, err := ParseConfig([]byte("menuentry x --class y{"+test.script+"\n"+end), nil)
			if err != nil {
				t.Fatal(err)
			}
			kernel, _, _ := c.Entries[0].Linux()
			if kernel.File != test.file || kernel.Arguments.String() != test.arguments {
				t.Errorf("got %q %q", kernel.File, kernel.Arguments)
			}
		})
	}
}

func TestDefaultEntry(t *testing.T) {
	const header = `if [ -s $prefix/grubenv ]; then load_env; fi
if [ "${next_entry}" ] ; then set default="${next_entry}"; set next_entry=; else set default="${saved_entry}"; fi
`
	const menu = `menuentry A --id a { linux /a; }
submenu 'B>C' --id=b { menuentry D { linux /d; }
menuentry E { linux /e; } }
menuentry F --class x { linux /f; }
`
	const maybe = "if [ \"$grub_platform\" = efi ]; then menuentry UEFI { fwsetup; }; fi\n"
	for _, test := range []struct {
		name, script string
		env          map[string]string
		want         string // a title; "" where only the boot will tell
	}{
		{"nothing said", menu, nil, "A"},
		{"number", "set default=2\n" + menu, nil, "F"},
		{"number behind what may be there", "set default=2\n" + maybe + menu, nil, ""},
		{"number before what may be there", "set default=2\n" + menu + maybe, nil, "F"},
		{"number of what may be there", "set default=3\n" + menu + maybe, nil, ""},
		{"too large", "set default=7\n" + menu, nil, "A"},
		{"title", "set default=F\n" + maybe + menu, nil, "F"},
		{"title of what may be there", "set default=UEFI\n" + menu + maybe, nil, ""},
		{"no such title", "set default=X\n" + menu + maybe, nil, "A"},
		{"no such title, and the first may not be there", "set default=X\n" + maybe + menu, nil, ""},
		{"ID", "default=a\n" + menu, nil, "A"},
		{"submenu by title", "set default='B>>C>E'\n" + menu, nil, "E"},
		{"submenu by ID", "set default='b>D'\n" + menu, nil, "D"},
		{"submenu by numbers", "set default='1>1'\n" + menu, nil, "E"},
		{"submenu alone", "set default=1\n" + menu, nil, ""},
		{"octal and hexadecimal", "set default='0x1>01'\n" + menu, nil, "E"},
		{"saved", header + menu, map[string]string{"saved_entry": "F"}, "F"},
		{"saved, nothing yet", header + menu, nil, "A"},
		{"once", header + menu, map[string]string{"saved_entry": "F", "next_entry": "b>E"}, "E"},
		{"an old title", "set default='Xen>F'\n" + menu + `if [ "x$default" = 'xXen>F' ]; then default='F'; fi;`, nil, "F"},
		{"by machine", menu + "if [ \"$grub_platform\" = efi ]; then set default=2; fi", nil, ""},
		{"by any other machine", menu + "if [ \"$grub_platform\" = efi ]; then true; else set default=2; fi", nil, ""},
		{"by machine, but the same", "set default=2\n" + menu + "if [ \"$grub_platform\" = efi ]; then set default=2; fi", nil, "F"},
		{"conditions", "x=1\nif [ -z \"$x\" ]; then default=0; elif [ -n \"$x\" ]; then default=2; else default=1; fi\n" + menu, nil, "F"},
		{"no condition holds", "if test a = b; then default=2; elif [ a != a ]; then default=2; fi\n" + menu, nil, "A"},
		{"a function", "function f {\nset default=2\n}\nf\n" + menu, nil, ""},
		{"a loop", "for x in 1 2; do set default=$x; done\n" + menu, nil, ""},
		{"a loop that turns twice", "y=0\nset default=0\nwhile true; do set default=$y; y=2; done\n" + menu, nil, ""},
		{"entries in files of their own", "insmod blscfg\nblscfg\nset default=0\n" + menu, nil, ""},
		{"a title beside files of their own", "blscfg\nset default=F\n" + menu, nil, "F"},
		{"no entries", "set default=0", nil, ""},
		{"unset", "set default=2\nunset default\n" + menu, nil, "A"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseConfig([]byte(test.script), test.env)
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.DefaultEntry()
			if errors.Is(err, ErrNotKnown) != (test.want == "") || e.Title != test.want {
				t.Errorf("got %q (%v), want %q", e.Title, err, test.want)
			}
		})
	}
}

func TestLoadsMenuList(t *testing.T) {
	const menu = "menuentry A { linux /a; }\nmenuentry B { legacy_configfile /boot/grub/menu.lst; }\n"
	for _, test := range []struct {
		name, script string
		want         bool
	}{
		{"the file does", "set timeout=1\nlegacy_configfile /menu.lst\n", true},
		{"the default entry does", "set default=1\n" + menu, true},
		{"another entry could", menu, false},
		{"a comment", "# legacy_configfile /menu.lst\nmenuentry A { linux /a; }\n", false},
		{"the default is not known", "set default=\"${lang}\"\n" + menu, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseConfig([]byte(test.script), nil)
			if err != nil || c.LoadsMenuList() != test.want {
				t.Errorf("%v, %v", c.LoadsMenuList(), err)
			}
		})
	}
}

func TestParseEnv(t *testing.T) {
	env, err := ParseEnv([]byte(envSignature + "saved_entry=b>E\nx=a\\\\b\\\nc\n#y=1\n=\n" + strings.Repeat("#", 900)))
	if diff := cmp.Diff(map[string]string{"saved_entry": "b>E", "x": "a\\b\nc", "": ""}, env); diff != "" || err != nil {
		t.Errorf("%v -want +got\n%s", err, diff)
	}
	if env, err := ParseEnv([]byte("saved_entry=1\n")); err == nil {
		t.Errorf("%v", env)
	}
}

// checker is GRUB's own parser.
func checker(t testing.TB) func(data []byte) bool {
	t.Helper()
	check, err := exec.LookPath("grub-script-check")
	if err != nil {
		t.Skip("grub-script-check is not installed (Debian: apt install grub-common)")
	}
	name := filepath.Join(t.TempDir(), "grub.cfg")
	return func(data []byte) bool {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(check, name).Run() == nil
	}
}

// What GRUB reads, this reads; and where this sees a mistake, GRUB does.
func TestScriptsAsGRUB(t *testing.T) {
	accepts := checker(t)
	whole := sample(t, "debian12-grub.cfg")
	scripts := [][]byte{whole, sample(t, "custom.cfg")}
	// With each line left out, and cut off at each line, many are broken.
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for i := 8; i < len(lines); i++ {
		scripts = append(scripts, bytes.Join(append(lines[:i:i], lines[i+1:]...), nil), bytes.Join(lines[:i], nil))
	}
	accepted := 0
	for _, script := range scripts {
		_, err := ParseConfig(script, nil)
		ok := accepts(script)
		if ok {
			accepted++
		}
		// GRUB refuses a block with nothing in it; this does not mind.
		if ok && err != nil {
			t.Errorf("GRUB reads what this does not (%v):\n%s", err, script)
		}
	}
	if accepted < 2 || accepted == len(scripts) {
		t.Errorf("of %d scripts GRUB accepts %d", len(scripts), accepted)
	}
	for _, broken := range []string{"}", "menuentry x { linux /a\n", "if true; then echo\n", "echo 'a", "echo \"a", "fi", "if true; else echo; fi", "for x in a; echo; done"} {
		if c, err := ParseConfig([]byte(broken), nil); err == nil || accepts([]byte(broken)) {
			t.Errorf("%q: %v", broken, c)
		}
	}
	deep := strings.Repeat("if true; then ", 100) + "echo" + strings.Repeat("; fi", 100)
	if _, err := ParseConfig([]byte(deep), nil); err == nil {
		t.Error("there is no bound to blocks within each other")
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(sample(f, "debian12-grub.cfg"))
	f.Add(sample(f, "custom.cfg"))
	for _, seed := range []string{
		"menuentry 'a' \"--id\" $x {\n a=$b${c}; if [ $a ]; then linux /v \\\n x; fi }\n", "submenu a{menuentry b{}}", "function f {\nf;f\n}\nf", "a=1\na=$a$a\na=$a$a\nmenuentry $a {b}",
		"for a in b; do menuentry c {d}; done", "blscfg\nset default=1>2", "while true\ndo x\ndone",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data, map[string]string{"saved_entry": "1>0"})
		if err != nil {
			return
		}
		_, _ = c.DefaultEntry()
		within(t, data, c.Entries, 0, len(data))
	})
}

// within says that entries stand where they say: in order, inside what they
// belong to, and so that what stands there is this entry.
func within(t *testing.T, data []byte, menu []Entry, start, end int) {
	for _, e := range menu {
		if e.Start < start || e.End < e.Start || e.End > end || e.LastLine < e.Line || e.Line != bytes.Count(data[:e.Start], []byte("\n"))+1 {
			t.Fatalf("%q: entry %q is at %d to %d, in lines %d to %d", data, e.Title, e.Start, e.End, e.Line, e.LastLine)
		}
		text := data[e.Start:e.End]
		again, err := ParseConfig(text, nil)
		if err != nil || len(again.Entries) != 1 {
			t.Fatalf("%q: %v", text, err)
		}
		if !bytes.ContainsRune(text, '$') && (again.Entries[0].Title != e.Title || again.Entries[0].ID != e.ID) {
			t.Errorf("%q is not %q", text, e.Title)
		}
		for _, command := range e.Commands {
			if command.Start < e.Start || command.End > e.End {
				t.Errorf("%q: %+v", text, command)
			}
		}
		within(t, data, e.Entries, e.Start, e.End)
	}
}
