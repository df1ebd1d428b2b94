package initramfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// mustRead reads an image whole.
func mustRead(t *testing.T, image []byte, wanted ...string) *Image {
	t.Helper()
	i, err := read(t.Context(), bytes.NewReader(image), slices.Concat(kept[:], wanted))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

const (
	folder = 0o040755
	link   = 0o120777
)

func TestModule(t *testing.T) {
	const dir = "usr/lib/modules/6.1.0-32-amd64/kernel/drivers/"
	image := mustRead(t, slices.Concat(ended(file{name: "kernel/x86/microcode/GenuineIntel.bin", content: "code"}), gzipped(ended(
		file{name: dir + "xen/xen-pciback/xen-pciback.ko.xz"},
		file{name: dir + "net/e1000.ko"},
		file{name: "lib/modules/6.6.7-0-lts/kernel/3c59x.ko.gz"},
		file{name: dir + "a_b-c.ko.zst"},
		file{name: dir + "vfio.ko.old"},
		file{name: dir + "folder.ko", mode: folder},
		file{name: "usr/share/igb.ko"},
	))))
	for name, want := range map[string]string{
		"xen-pciback": dir + "xen/xen-pciback/xen-pciback.ko.xz", "xen_pciback": dir + "xen/xen-pciback/xen-pciback.ko.xz",
		"e1000": dir + "net/e1000.ko", "3c59x": "lib/modules/6.6.7-0-lts/kernel/3c59x.ko.gz", "a-b_c": dir + "a_b-c.ko.zst",
		"vfio": "", "folder": "", "igb": "", "e1000e": "", "": "",
	} {
		if got, ok := image.Module(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", name, got, ok, want)
		}
	}
	if diff := cmp.Diff([]string{"6.1.0-32-amd64", "6.6.7-0-lts"}, image.Releases()); diff != "" {
		t.Error(diff)
	}
}

// TestFiles wants the bytes that the kernel would leave under each name.
func TestFiles(t *testing.T) {
	for _, test := range []struct {
		name  string
		image []byte
		want  map[string]string // "-" for none
	}{
		{"the last one takes effect", slices.Concat(ended(file{name: "etc/x", content: "early"}), ended(file{name: "./etc/x", content: "late"})),
			map[string]string{"etc/x": "late", "/etc/x": "late", "etc/y": "-"}},
		{"what is not asked for", ended(file{name: "opt/x", content: "x"}), map[string]string{"opt/x": "-"}},
		{"a link to a folder", ended(file{name: "etc", content: "usr/etc", mode: link}, file{name: "etc/x", content: "x"}),
			map[string]string{"etc/x": "x", "usr/etc/x": "x"}},
		{"a link to a file, which was not asked for", ended(file{name: "opt/x*", content: "x"}, file{name: "etc/x", content: "../opt/x*", mode: link}),
			map[string]string{"etc/x": "x"}},
		{"a whole link", ended(file{name: "etc/x", content: "/opt/x", mode: link}, file{name: "opt/x", content: "x"}), map[string]string{"etc/x": "x"}},
		{"a link to nothing, and to itself", ended(file{name: "etc/x", content: "none", mode: link}, file{name: "etc/y", content: "y", mode: link}),
			map[string]string{"etc/x": "-", "etc/y": "-"}},
		{"a file in the place of a link", ended(file{name: "etc/x", content: "/opt/x", mode: link}, file{name: "etc/x", content: "x"}), map[string]string{"etc/x": "x"}},
		{"a link in the place of a file", ended(file{name: "etc/x", content: "x"}, file{name: "etc/x", content: "y", mode: link}), map[string]string{"etc/x": "-"}},
		{"hard links, the last has the bytes", ended(file{name: "opt/a", inode: 7, links: 2}, file{name: "etc/x", content: "x", inode: 7, links: 2}),
			map[string]string{"etc/x": "x", "opt/a": "x"}},
		{"hard links, the first has them", ended(file{name: "opt/a", content: "x", inode: 7, links: 2}, file{name: "etc/x", inode: 7, links: 2}),
			map[string]string{"etc/x": "x"}},
		{"hard links, the first has them and is a link's", ended(file{name: "etc/x", content: "/opt/b", mode: link},
			file{name: "opt/a", content: "x", inode: 7, links: 2}, file{name: "opt/b", inode: 7, links: 2}), map[string]string{"etc/x": "x"}},
		{"hard links that are not wanted", ended(file{name: "opt/a", content: "x", inode: 7, links: 2}, file{name: "opt/b", inode: 7, links: 2}),
			map[string]string{"opt/a": "-", "opt/b": "-"}},
		{"the same number in another archive", slices.Concat(ended(file{name: "opt/a", content: "a", inode: 7, links: 2}), ended(file{name: "etc/x", inode: 7, links: 2})),
			map[string]string{"etc/x": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			image := mustRead(t, test.image, "etc/*", "usr/etc/*")
			for name, want := range test.want {
				got, ok := image.File(name)
				if !ok {
					got = []byte("-")
				}
				if string(got) != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	image := mustRead(t, ended(
		file{name: "lib", content: "usr/lib", mode: link},
		file{name: "conf/initramfs.conf"},
		file{name: "etc/modprobe.d", mode: folder},
		file{name: "etc/modprobe.d/xenpci.conf", content: "softdep e1000 pre: xen-pciback\n"},
		file{name: "etc/modprobe.d/README"},
		file{name: "lib/modprobe.d/dist.conf", content: "blacklist pcspkr\n"},
		file{name: "etc/modprobe.d/link.conf", content: "/opt/link", mode: link},
		file{name: "opt/link", content: "linked"},
		file{name: "scripts/init-top/ORDER", content: `/scripts/init-top/00xenpci "$@"
[ -e /conf/param.conf ] && . /conf/param.conf
/scripts/init-top/udev "$@"
[ -e /conf/param.conf ] && . /conf/param.conf
`},
	))
	if diff := cmp.Diff([]string{"etc/modprobe.d/link.conf", "etc/modprobe.d/xenpci.conf", "usr/lib/modprobe.d/dist.conf"}, image.Modprobe()); diff != "" {
		t.Error(diff)
	}
	if text, _ := image.File("etc/modprobe.d/link.conf"); string(text) != "linked" {
		t.Errorf("%q", text)
	}
	if diff := cmp.Diff([]string{"00xenpci", "udev"}, image.Scripts("init-top")); diff != "" {
		t.Error(diff)
	}
	if scripts := image.Scripts("init-bottom"); scripts != nil {
		t.Error(scripts)
	}
	if e, ok := image.Entry("/lib/modprobe.d/dist.conf"); !ok || e.Name != "usr/lib/modprobe.d/dist.conf" || e.Size != 17 {
		t.Errorf("%+v, %v", e, ok)
	}
	if _, ok := image.Entry("lib/none"); ok {
		t.Error("lib/none is there")
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := Read(t.Context(), sysfs.FS{}, "/none", "[x"); !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("%v", err)
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "image"), []byte("junk"), 0o644); err != nil {
		t.Fatal(err)
	}
	if i, err := Read(t.Context(), sysfs.New(root), "/image"); i != nil || !errors.Is(err, ErrJunk) || !strings.HasPrefix(err.Error(), "initramfs /image: ") {
		t.Errorf("%v, %v", i, err)
	}
	huge := newc(file{name: "etc/x", content: "x"})
	huge = bytes.Replace(huge, []byte("00000001000000080"), []byte("0fffffff000000080"), 1) // its size
	if _, err := read(t.Context(), bytes.NewReader(huge), []string{"etc/x"}); !errors.Is(err, ErrBound) {
		t.Errorf("%v", err)
	}
}

// TestImageBounds refuses images that would take memory or hours, and reads one
// with much that is not asked for.
func TestImageBounds(t *testing.T) {
	long := strings.Repeat("n", maxName-10)
	firmware := strings.Repeat("f", 1<<20)
	var linked []file
	for n := range uint32(maxKept>>20 + 1) {
		linked = append(linked, file{name: fmt.Sprint("a", n), inode: n, links: 2}, file{name: fmt.Sprint("b", n), content: firmware, inode: n, links: 2})
	}
	for _, test := range []struct {
		name  string
		image io.ReadSeeker
		err   error
	}{
		{"names", repeated(maxNames/len(long)+200, func(n int) file { return file{name: fmt.Sprint(n, long[:len(long)-8])} }), ErrBound},
		{"targets", repeated(maxNames/len(long)+1, func(n int) file { return file{name: fmt.Sprint(n), content: long, mode: link} }), ErrBound},
		{"links to follow", repeated(4000, func(n int) file {
			if n == 0 {
				return file{name: "d", content: ".", mode: link}
			}
			return file{name: strings.Repeat("a/", maxName/2-20) + fmt.Sprint(n)}
		}), ErrBound},
		{"hard links", bytes.NewReader(ended(linked...)), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := read(t.Context(), test.image, kept[:]); !errors.Is(err, test.err) {
				t.Errorf("%v, want %v", err, test.err)
			}
		})
	}
}

// repeated is an image of so many files.
func repeated(count int, one func(n int) file) io.ReadSeeker {
	var image []byte
	for n := range count {
		image = append(image, newc(one(n))...)
	}
	return bytes.NewReader(image)
}

// TestAgainstCpio compares with cpio and the programs that compress on a real
// tree: files of all kinds, with cpio's own hard links.
func TestAgainstCpio(t *testing.T) {
	for _, program := range []string{"cpio", "zstd", "xz", "gzip"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%v (test/packages.txt names what the tests need)", err)
		}
	}
	tree := t.TempDir()
	put := func(name, content string) {
		t.Helper()
		name = filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("etc/xenpci/devices.toml", "[[device]]\n")
	put("usr/sbin/xenpci", strings.Repeat("ELF", 1<<17))
	put("usr/lib/modules/6.1/kernel/xen-pciback.ko", "module")
	put("with blank\nand newline", "")
	for link, target := range map[string]string{"lib": "usr/lib", "sbin": "usr/sbin"} {
		if err := os.Symlink(target, filepath.Join(tree, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(filepath.Join(tree, "usr/sbin/xenpci"), filepath.Join(tree, "usr/sbin/again")); err != nil {
		t.Fatal(err)
	}
	run := func(script string) []byte {
		t.Helper()
		command := exec.Command("sh", "-c", script)
		command.Dir = tree
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return out
	}
	early := run("printf 'etc\\n' | cpio --quiet -o -H newc")
	for _, script := range []string{"cat", "gzip -n", "zstd -q -9 -T0", "xz --check=crc32 --threads=0"} {
		for _, format := range []string{"newc", "crc"} {
			t.Run(format+" "+script, func(t *testing.T) {
				main := run("find . -print0 | LC_ALL=C sort -z | cpio -0 --quiet -o -H " + format + " | " + script)
				image := mustRead(t, slices.Concat(early, main), "usr/sbin/*", "etc/xenpci/*")
				var want []string
				for name := range strings.SplitSeq(string(run("find . -print0")), "\x00") {
					if name != "" {
						want = append(want, normalName(name))
					}
				}
				slices.Sort(want)
				if diff := cmp.Diff(want, image.Names()); diff != "" {
					t.Error(diff)
				}
				for _, name := range []string{"sbin/xenpci", "usr/sbin/again", "etc/xenpci/devices.toml"} {
					on, err := os.ReadFile(filepath.Join(tree, name))
					if err != nil {
						t.Fatal(err)
					}
					if in, ok := image.File(name); !ok || !bytes.Equal(in, on) {
						t.Errorf("%s: %d bytes, want %d", name, len(in), len(on))
					}
				}
				if file, ok := image.Module("xen_pciback"); !ok {
					t.Error(file)
				}
			})
		}
	}
	t.Run("cpio -t", func(t *testing.T) {
		command := exec.Command("cpio", "--quiet", "-it")
		command.Stdin = bytes.NewReader(ended(file{name: "./a"}, file{name: "b/c", mode: folder}))
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		got, _ := entries(ended(file{name: "./a"}, file{name: "b/c", mode: folder}))
		var names string
		for _, e := range got {
			names += e.Name + "\n"
		}
		if diff := cmp.Diff(strings.ReplaceAll(string(out), "./", ""), names); diff != "" {
			t.Error(diff)
		}
	})
}

// TestBehindFolder reads a file by a name of which a folder is a link, whatever characters the name has.
func TestBehindFolder(t *testing.T) {
	t.Parallel()
	const name = "lib/firmware/b*[1]\\.bin"
	data := ended(
		file{name: "lib", content: "usr/lib", mode: link}, file{name: "usr/lib/firmware/b*[1]\\.bin", content: "base"},
		file{name: "usr/lib/firmware/bx1.bin", content: "other"},
	)
	image, err := read(t.Context(), bytes.NewReader(data), []string{Exactly(name)})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := image.File(name); !ok || string(got) != "base" {
		t.Errorf("%q, %v", got, ok)
	}
	if got, ok := image.File("usr/lib/firmware/bx1.bin"); ok {
		t.Errorf("%q was not asked for", got)
	}
}
