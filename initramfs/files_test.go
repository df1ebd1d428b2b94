package initramfs

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// mustFiles are the files for one tool, by their path.
func mustFiles(t *testing.T, tool initramfs.Tool, program string) map[string]initscript.File {
	t.Helper()
	files, err := Files(tool, program)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]initscript.File{}
	for _, f := range files {
		byPath[f.Path] = f
	}
	return byPath
}

func TestFiles(t *testing.T) {
	got := map[string]fs.FileMode{}
	for _, tool := range Tools() {
		for _, f := range mustFiles(t, tool, brand.Program) {
			got[f.Path] = f.Mode
			local := strings.TrimPrefix(strings.TrimPrefix(f.Path, "/usr/lib"), "/etc/")
			local = strings.NewReplacer("/dracut/modules.d", "dracut", "mkinitfs/features.d", "mkinitfs", "initcpio/", "mkinitcpio/").Replace(local)
			if shipped, err := os.ReadFile(local); err != nil || string(shipped) != f.Text {
				t.Errorf("%s is not %s: %v", f.Path, local, err)
			}
		}
		for _, f := range mustFiles(t, tool, "/usr/local/sbin/xenpci") {
			if strings.Contains(f.Text, brand.Program) {
				t.Errorf("%s calls %s", f.Path, brand.Program)
			}
		}
		var refused *brand.ProgramError
		if _, err := Files(tool, "/tmp/$(reboot)"); !errors.As(err, &refused) {
			t.Errorf("%s: %v", tool, err)
		}
	}
	want := map[string]fs.FileMode{
		"/etc/initramfs-tools/hooks/xenpci": 0o755, "/etc/initramfs-tools/scripts/init-top/00xenpci": 0o755,
		"/usr/lib/dracut/modules.d/90xenpci/module-setup.sh": 0o755, "/usr/lib/dracut/modules.d/90xenpci/xenpci-pre-udev.sh": 0o755,
		"/etc/mkinitfs/features.d/pciback.modules": 0o644,
		"/etc/initcpio/install/xenpci":             0o755, "/etc/initcpio/hooks/xenpci": 0o755, "/etc/initcpio/xenpci-initramfs.service": 0o644,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Files("genkernel", brand.Program); !errors.Is(err, initramfs.ErrTool) {
		t.Error(err)
	}
}

// TestSyntax has the shells that read these files, and shellcheck, look at them.
func TestSyntax(t *testing.T) {
	for _, test := range []struct {
		args  []string
		files []string
	}{
		{[]string{"dash", "-n"}, []string{"initramfs-tools/hooks/xenpci", "initramfs-tools/scripts/init-top/00xenpci", "dracut/90xenpci/xenpci-pre-udev.sh", "trial/arm"}},
		{[]string{"busybox", "sh", "-n"}, []string{"trial/arm", "initramfs-tools/scripts/init-top/00xenpci", "dracut/90xenpci/xenpci-pre-udev.sh", "mkinitcpio/hooks/xenpci"}},
		{[]string{"bash", "-n"}, []string{"dracut/90xenpci/module-setup.sh", "dracut/90xenpci/xenpci-pre-udev.sh", "mkinitcpio/install/xenpci"}},
		{[]string{"shellcheck"}, []string{"initramfs-tools/hooks/xenpci", "initramfs-tools/scripts/init-top/00xenpci", "dracut/90xenpci/xenpci-pre-udev.sh", "dracut/90xenpci/module-setup.sh",
			"mkinitcpio/install/xenpci", "mkinitcpio/hooks/xenpci", "trial/arm"}},
	} {
		for _, file := range test.files {
			t.Run(test.args[0]+" "+file, func(t *testing.T) {
				if _, err := exec.LookPath(test.args[0]); err != nil {
					t.Skipf("%v (test/packages.txt names what the tests need)", err)
				}
				if out, err := exec.Command(test.args[0], append(test.args[1:], file)...).CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

// TestScriptsAreOne wants the same commands from dracut's hook and from mkinitcpio's as
// from init-top's script.
func TestScriptsAreOne(t *testing.T) {
	common := func(text, from, to string) string {
		_, text, _ = strings.Cut(text, from)
		text, _, _ = strings.Cut(text, to)
		var lines []string
		for line := range strings.Lines(text) {
			lines = append(lines, strings.TrimSpace(line))
		}
		return strings.TrimSpace(strings.Join(lines, "\n"))
	}
	a := common(initTop, "esac\n", "\n# init sets options")
	for _, b := range []string{common(preUdev, "(\n", "\n\thide\n)"), common(earlyHook, "\t(\n", "\n\t\thide\n\t)")} {
		if diff := cmp.Diff(a, b); diff != "" || !strings.Contains(a, "hide()") {
			t.Error(diff)
		}
	}
}

// TestDracutCheck wants the module in an image only where something is declared
// and the program is there to hide it.
func TestDracutCheck(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		want  string // what check answers, and the lists
	}{
		{"nothing", nil, "1"},
		{"the program alone", []string{"usr/sbin/xenpci"}, "1"},
		{"a list alone", []string{"etc/xenpci/devices.toml"}, "1 /etc/xenpci/devices.toml"},
		{"both, without the layer", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml"}, "1 /etc/xenpci/devices.toml"},
		{"the layer alone", []string{"usr/sbin/xenpci", "etc/xenpci/initramfs"}, "1"},
		{"all", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml", "etc/xenpci/initramfs"}, "0 /etc/xenpci/devices.toml"},
		{"several lists", []string{"usr/sbin/xenpci", "etc/xenpci/initramfs", "etc/xenpci/devices.d/b.toml", "etc/xenpci/devices.d/a.toml", "etc/xenpci/devices.d/README"},
			"0 /etc/xenpci/devices.d/a.toml /etc/xenpci/devices.d/b.toml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for _, name := range test.files {
				name = filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, nil, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			out, err := exec.Command("bash", "-c", `dracutsysrootdir=$1; . "$2"; check; echo $? $(lists)`, "bash", root, "dracut/90xenpci/module-setup.sh").Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// TestDracutRefused wants nothing in an image where xenpci refuses the list.
func TestDracutRefused(t *testing.T) {
	for status, want := range map[string]string{"0": "0", "1": "0", "3": "xenpci: the initramfs will hide no device: hook image\n1"} {
		program := filepath.Join(t.TempDir(), "xenpci")
		if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$*\" >&2\nexit "+status+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("bash", "-c", `. "$1"; program=$2; dwarn() { echo "$*"; }; allowed; echo $?`, "bash", "dracut/90xenpci/module-setup.sh", program).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("exit status %s: %q, %v; want %q", status, got, err, want)
		}
	}
}

// boot is what one of the scripts meets in the initramfs, below a folder.
type boot struct {
	xen, features, major string // of /sys/hypervisor; "" for no file
	program              string // what xenpci is; "" for none
	word                 string // on the kernel's command line
}

const (
	dom0Features = "00000801\n"
	domUFeatures = "00000705\n"
)

// run runs a script as the boot does, and returns what is in the kernel's log.
// What the script goes on with is printed.
func (b boot) run(t *testing.T, shell []string, text string) (kmsg string, took time.Duration) {
	t.Helper()
	root := t.TempDir()
	put := func(name, content string, mode fs.FileMode) {
		t.Helper()
		name = filepath.Join(root, name)
		if content == "" {
			return
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("sys/hypervisor/type", b.xen, 0o644)
	put("sys/hypervisor/properties/features", b.features, 0o644)
	put("sys/hypervisor/version/major", b.major, 0o644)
	put("usr/sbin/xenpci", b.program, 0o755)
	put("proc/cmdline", "root=/dev/sda1 ro "+b.word+" quiet\n", 0o644)
	put("script", strings.NewReplacer("/proc/cmdline", root+"/proc/cmdline", "/sys/hypervisor", root+"/sys/hypervisor", "/usr/sbin/xenpci", root+"/usr/sbin/xenpci",
		"/run/xenpci", root+"/run/xenpci", ">/dev/kmsg", ">>"+root+"/kmsg", "limit=60", "limit=2").Replace(text), 0o755)
	script := "exec " + root + "/script"
	// dracut and mkinitcpio source it, and go on in the same shell.
	if strings.Contains(text, "sources this") {
		call := ""
		if strings.Contains(text, "run_earlyhook()") {
			call = "run_earlyhook; "
		}
		script = ". " + root + "/script; " + call + "echo \"$? ${program-}\"; ! command -v hide"
	}
	command := exec.Command(shell[0], append(shell[1:], "-c", script)...)
	command.Env = append(os.Environ(), "MODPROBE_OPTIONS=-qb")
	start := time.Now()
	out, err := command.CombinedOutput()
	if want := map[bool]string{true: "0 \n"}[strings.Contains(text, "sources this")]; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
	took = time.Since(start)
	log, err := os.ReadFile(root + "/kmsg")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	return strings.ReplaceAll(string(log), root, ""), took
}

func TestScripts(t *testing.T) {
	const speaks = "#!/bin/sh\necho \"$@\"; echo \"[$MODPROBE_OPTIONS]\" >&2\n"
	type test struct {
		name string
		boot boot
		want string
	}
	tests := []test{
		{"a boot that stops in the initramfs", boot{"xen\n", dom0Features, "4\n", speaks, "rd.rescue rd.break break=premount"}, "<5>xenpci: apply\n<5>xenpci: []\n"},
		{"a guest's recovery boot", boot{"xen\n", domUFeatures, "4\n", speaks, "single"}, ""},
		{"dom0", boot{"xen\n", dom0Features, "4\n", speaks, ""}, "<5>xenpci: apply\n<5>xenpci: []\n"},
		{"dom0 of an old Xen", boot{"xen\n", domUFeatures, "3\n", speaks, ""}, "<5>xenpci: apply\n<5>xenpci: []\n"},
		{"features that are not told, no newline", boot{"xen", "", "", speaks, ""}, "<5>xenpci: apply\n<5>xenpci: []\n"},
		{"a guest", boot{"xen\n", domUFeatures, "4\n", speaks, ""}, ""},
		{"another hypervisor", boot{"kvm\n", dom0Features, "4\n", speaks, ""}, ""},
		{"none", boot{program: speaks}, ""},
		{"no program", boot{"xen\n", dom0Features, "4\n", "", ""}, ""},
		{"a program that fails", boot{"xen\n", dom0Features, "4\n", "#!/bin/sh\nprintf '%s' 'cannot: \\n'; exit 3\n", ""},
			"<5>xenpci: cannot: \\n\n<4>xenpci: /usr/sbin/xenpci apply failed with status 3: devices that it did not hide stay in dom0\n"},
		{"a program that cannot run", boot{"xen\n", dom0Features, "4\n", "#!/no/such/shell\n", ""},
			"<4>xenpci: /usr/sbin/xenpci apply failed with status 127: devices that it did not hide stay in dom0\n"},
	}
	for _, word := range grub.RecoveryWords() {
		tests = append(tests, test{"recovery, with " + word, boot{"xen\n", dom0Features, "4\n", speaks, word},
			"<5>xenpci: this is a recovery boot (" + word + "), so nothing is hidden automatically\n"})
	}
	for _, test := range tests {
		for script, text := range map[string]string{"init-top": initTop, "pre-udev": preUdev, "earlyhook": earlyHook} {
			for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"bash"}} {
				t.Run(test.name+"/"+script+"/"+shell[0], func(t *testing.T) {
					if _, err := exec.LookPath(shell[0]); err != nil {
						t.Skipf("%v (test/packages.txt names what the tests need)", err)
					}
					got, _ := test.boot.run(t, shell, text)
					var lines []string
					for line := range strings.Lines(got) {
						// A shell says for itself why it cannot run something.
						if !strings.Contains(line, "/script: ") && !strings.Contains(line, "not found") {
							lines = append(lines, line)
						}
					}
					got = strings.Join(lines, "")
					if script != "init-top" {
						got = strings.ReplaceAll(got, "[-qb]", "[]") // the others set none
					}
					if diff := cmp.Diff(test.want, got); diff != "" {
						t.Error(diff)
					}
				})
			}
		}
	}
}

// TestScriptsAreBounded runs a program that hangs, and whose child holds its
// output open.
func TestScriptsAreBounded(t *testing.T) {
	hangs := boot{"xen\n", dom0Features, "4\n", "#!/bin/sh\ntrap '' TERM\nsleep 20 &\necho begun\nwhile :; do wait; done\n", ""}
	got, took := hangs.run(t, []string{"dash"}, initTop)
	want := "<5>xenpci: begun\n<4>xenpci: /usr/sbin/xenpci apply failed with status 137: devices that it did not hide stay in dom0\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if took < 2*time.Second || took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
}
