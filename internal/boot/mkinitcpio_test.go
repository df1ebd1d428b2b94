package boot

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/initramfs"
)

// archPrograms stand for mkinitcpio. It was written from mkinitcpio(8), mkinitcpio.conf(5)
// and the program's text, as of version 41: the settings are read by bash, a preset's file
// alone where it names one, and otherwise mkinitcpio.conf with the files of its folder
// behind it; the hooks that the image runs early are those of HOOKS with such a script.
type archPrograms struct {
	m     *machine
	calls []string
	fail  bool
}

func (p *archPrograms) run(args ...string) error {
	if args[0] == "systemctl" {
		return nil
	}
	p.calls = append(p.calls, strings.Join(args, " "))
	if p.fail {
		return errProgram
	}
	switch {
	case slices.Equal(args, []string{"mkinitcpio", "-P"}):
		names, err := filepath.Glob(p.m.fs.Path("/etc/mkinitcpio.d/*.preset"))
		if err != nil {
			p.m.t.Fatal(err)
		}
		for _, name := range names {
			made := p.bash(`. "$1"; for p in "${PRESETS[@]}"; do i=${p}_image c=${p}_config; echo "${!i} ${!c:-$ALL_config}"; done`, name)
			for _, line := range strings.Split(strings.TrimSpace(made), "\n") {
				image, settings, _ := strings.Cut(line, " ")
				p.build(image, settings)
			}
		}
	case len(args) == 5 && args[1] == "-k" && args[2] == release && args[3] == "-g":
		p.build(args[4], "")
	default:
		return fmt.Errorf("%q: there is no such program on this machine", args)
	}
	return nil
}

// bash runs a script and returns what it prints.
func (p *archPrograms) bash(script string, args ...string) string {
	p.m.t.Helper()
	out, err := exec.Command("bash", append([]string{"-c", script, "bash"}, args...)...).CombinedOutput()
	if err != nil {
		p.m.t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// build makes one image with these settings, "" for those of the system.
func (p *archPrograms) build(file, settings string) {
	files := []string{p.m.fs.Path("/etc/mkinitcpio.conf")}
	if settings != "" {
		files = []string{p.m.fs.Path(settings)}
	} else if strings.Contains(p.m.read("/usr/bin/mkinitcpio"), "_d_config") {
		more, err := filepath.Glob(p.m.fs.Path("/etc/mkinitcpio.conf.d/*.conf"))
		if err != nil {
			p.m.t.Fatal(err)
		}
		files = append(files, more...)
	}
	hooks := strings.Fields(p.bash(`. <(cat -- "$@"); echo ${HOOKS[*]}`, files...))
	image := archImage()
	if slices.Contains(hooks, "systemd") {
		maps.Copy(image, map[string]string{"init": "-> usr/lib/systemd/systemd", "usr/lib/systemd/systemd": "", "config": ""})
		delete(image, "hooks/udev")
	}
	var early []string
	for i, hook := range hooks {
		switch {
		case hook == "udev":
			early = append(early, hook)
		case hook == "modconf":
			p.take(image, "/etc/modprobe.d/*.conf")
		case hook == "xenpci" && p.m.fs.Exists("/etc/initcpio/install/xenpci"):
			p.take(image, "/usr/sbin/xenpci", "/etc/xenpci/*.toml", "/etc/modprobe.d/*xenpci.conf", "/etc/udev/rules.d/40-xenpci.rules")
			image["usr/lib/modules/"+release+"/kernel/drivers/xen/xen-pciback/xen-pciback.ko.zst"] = ""
			if slices.Contains(hooks[:i], "systemd") {
				image[mkinitcpioUnit] = "-> ../xenpci-initramfs.service"
				image["usr/lib/systemd/system/xenpci-initramfs.service"] = p.m.read("/etc/initcpio/xenpci-initramfs.service")
				continue
			}
			image["hooks/xenpci"] = p.m.read("/etc/initcpio/hooks/xenpci")
			early = append(early, hook)
		}
	}
	if !slices.Contains(hooks, "systemd") {
		image["config"] = "EARLYHOOKS=\"" + strings.Join(early, " ") + "\"\nHOOKS=\"udev\"\n"
	}
	p.m.write(file, newc(image))
}

func (p *archPrograms) take(image map[string]string, patterns ...string) {
	for _, pattern := range patterns {
		names, err := filepath.Glob(p.m.fs.Path(pattern))
		if err != nil {
			p.m.t.Fatal(err)
		}
		for _, name := range names {
			name = strings.TrimPrefix(name, p.m.root)
			image[name[1:]] = p.m.read(name)
		}
	}
}

// TestMkinitcpio has the hook in every image that mkinitcpio makes, in its place, and then
// every byte as it was.
func TestMkinitcpio(t *testing.T) {
	t.Parallel()
	const linux, fallback = "/boot/initramfs-linux.img", "/boot/initramfs-linux-fallback.img"
	for _, test := range []struct {
		name    string
		machine func() map[string]string
		more    map[string]string
		images  []string
		early   []string
		settled string // the file with our lines
	}{
		{"a drop-in", arch, nil, []string{linux, fallback}, []string{"xenpci", "udev"}, mkinitcpioDropIn},
		{"one file, which the preset names", oldArch, nil, []string{linux}, []string{"xenpci", "udev"}, mkinitcpioConf},
		{"a preset with a file of its own", arch, map[string]string{
			"/etc/mkinitcpio.d/linux.preset": "PRESETS=(default fallback)\ndefault_image=" + linux + " # first\nfallback_image=\"" + fallback + "\"\nfallback_config=/etc/mkinitcpio-all.conf\n",
			"/etc/mkinitcpio-all.conf":       "HOOKS=(base udev block)\n",
		}, []string{linux, fallback}, []string{"xenpci", "udev"}, "/etc/mkinitcpio-all.conf"},
		{"no udev", arch, map[string]string{"/etc/mkinitcpio.conf": "HOOKS=(base block)\n"}, []string{linux, fallback}, []string{"xenpci"}, mkinitcpioDropIn},
		{"somebody has put it in its place", arch, map[string]string{"/etc/mkinitcpio.conf": "HOOKS=(base xenpci udev)\n"}, []string{linux, fallback}, []string{"xenpci", "udev"}, mkinitcpioDropIn},
		{"systemd", arch, map[string]string{"/etc/mkinitcpio.conf": "HOOKS=(base systemd autodetect modconf block)\n"}, []string{linux, fallback}, nil, mkinitcpioDropIn},
		{"no preset", arch, map[string]string{"/etc/mkinitcpio.d/linux.preset": "PRESETS=(default)\n#default_image=" + linux + "\n"}, []string{linux}, []string{"xenpci", "udev"}, mkinitcpioDropIn},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine(), test.more)
			p := &archPrograms{m: m}
			for _, image := range test.images {
				if err := p.run("mkinitcpio", "-k", release, "-g", image); err != nil {
					t.Fatal(err)
				}
			}
			before := m.tree()
			made := m.read(linux)
			m.mustSet(p.run, 2, Initramfs, Service)
			if !m.fs.Exists(test.settled) || !strings.Contains(m.read(test.settled), strings.Join(mkinitcpioHooks, "\n")) {
				t.Errorf("%s does not have our lines", test.settled)
			}
			for _, file := range test.images {
				image, err := initramfs.Read(t.Context(), m.fs, file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.early, image.EarlyHooks()); diff != "" {
					t.Errorf("%s: early hooks (-want +got):\n%s", file, diff)
				}
				if _, unit := image.Entry(mkinitcpioUnit); unit != image.Systemd() || unit != (test.early == nil) {
					t.Errorf("%s: unit %v, systemd %v", file, unit, image.Systemd())
				}
			}
			if hook := m.read(pacmanHook); !strings.HasSuffix(hook, "Exec = /usr/sbin/xenpci verify --next\n") {
				t.Errorf("pacman's hook: %s", hook)
			}
			h := m.look(p.run)
			if _, wrong := h.Reports(t.Context(), cards(h), []Name{Initramfs, Service}); len(wrong) > 0 {
				t.Error(wrong)
			}
			m.mustSet(p.run, 2)
			m.isAs(before)
			if m.read(linux) != made {
				t.Error("the image is not as it was")
			}
		})
	}
}

// TestMkinitcpioTakesBack takes everything back if the image is not as it should be.
func TestMkinitcpioTakesBack(t *testing.T) {
	t.Parallel()
	const advice = " | put xenpci before udev, or after systemd"
	for _, test := range []struct {
		name string
		more map[string]string
		fail bool
		want string
	}{
		{"a later file sets HOOKS", map[string]string{"/etc/mkinitcpio.conf.d/zzz.conf": "HOOKS=(base udev block)\n"}, false, "/boot/initramfs-linux.img does not contain the hook xenpci" + advice},
		{"somebody has put it behind udev", map[string]string{"/etc/mkinitcpio.conf": "HOOKS=(base udev xenpci)\n"}, false, "/boot/initramfs-linux.img runs the hook xenpci after udev's" + advice},
		{"before systemd", map[string]string{"/etc/mkinitcpio.conf": "HOOKS=(base xenpci systemd)\n"}, false, "/boot/initramfs-linux.img does not contain the unit xenpci-initramfs.service" + advice},
		{"mkinitcpio fails", nil, true, errProgram.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, arch(), test.more)
			p := &archPrograms{m: m}
			if err := p.run("mkinitcpio", "-P"); err != nil {
				t.Fatal(err)
			}
			before, made := m.tree(), m.read("/boot/initramfs-linux.img")
			p.fail = test.fail
			err := m.set(p.run, 2, Initramfs)
			if err == nil {
				t.Fatal("it was enabled")
			}
			hasFacts(t, err.Error(), test.want)
			m.isAs(before)
			if m.read("/boot/initramfs-linux.img") != made {
				t.Error("the image is not as it was")
			}
		})
	}
}

// TestChooseMkinitcpio runs xenpci in the image, if that has the driver.
func TestChooseMkinitcpio(t *testing.T) {
	t.Parallel()
	m := newMachine(t, arch())
	h := m.look(nil)
	if diff := cmp.Diff([]Name{Initramfs, Service}, Choose(h, cards(h)).Layers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	setup, err := Prepare(t.Context(), h, listed(cards(h)), []Name{Initramfs})
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, c := range setup.Commands {
		commands = append(commands, c.String())
	}
	if diff := cmp.Diff([]string{"mkinitcpio -P"}, commands); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
