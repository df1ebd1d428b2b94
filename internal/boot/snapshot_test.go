package boot

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/internal/mask"
	"github.com/xenpci/xenpci/internal/snapshot"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/test/scratch"
)

// verdict is everything that 'boot' and 'verify' find out from a machine's files.
type verdict struct {
	Init                         initscript.Init
	Loader                       Loader
	Entries                      []Entry
	Tool, Image                  string
	Devices                      []Device
	Enabled                      []Name
	Choice, Kept                 Choice
	Conflicts, Unordered         []Warning
	Wrong                        []string
	Reports                      []Report
	Pciback, Release             string
	InstallLines, OldModprobe    bool
	EnabledErr, EntriesErr, Note string
}

func (m *machine) verdict() verdict {
	m.t.Helper()
	h, notes := Look(m.t.Context(), m.fs)
	devices := cards(h)
	v := verdict{
		Init: h.Init, Loader: h.Loader, Tool: string(h.Image.Tool), Image: h.Image.File, Devices: devices,
		Choice: Choose(h, devices), Pciback: h.Pciback.String(), Release: h.Release,
		InstallLines: h.InstallLines, OldModprobe: h.oldModprobe(), Note: fmt.Sprint(notes),
	}
	var err error
	v.Entries, err = h.Loader.Entries(m.fs)
	v.EntriesErr = fmt.Sprint(err)
	v.Enabled, err = Enabled(h, devices)
	v.EnabledErr = fmt.Sprint(err)
	v.Kept = Keep(h, devices, v.Enabled)
	v.Conflicts = h.Conflicts(devices, Names())
	v.Unordered = h.Unordered(v.Enabled)
	reports, wrong := h.Reports(m.t.Context(), devices, v.Enabled)
	v.Reports = reports
	for _, err := range wrong {
		v.Wrong = append(v.Wrong, err.Error())
	}
	return v
}

// present has the cards.
func present() map[string]string {
	files := map[string]string{}
	for _, name := range []string{"0000:00:09.0", "0000:00:0a.0"} {
		dir := "/sys/devices/pci0000:00/" + name + "/"
		files["/sys/bus/pci/devices/"+name] = "-> ../../../devices/pci0000:00/" + name
		files[dir+"vendor"], files[dir+"device"], files[dir+"class"] = "0x8086\n", "0x100e\n", "0x020000\n"
		files[dir+"subsystem_vendor"], files[dir+"subsystem_device"], files[dir+"modalias"] = "0x1af4\n", "0x1100\n", modalias+"\n"
	}
	return files
}

// toolstack has services that ours have to come before.
func toolstack() map[string]string {
	return map[string]string{
		"/lib/systemd/system/xendomains.service":                         "[Unit]\nAfter=xenstored.service\n[Service]\nEnvironment=PASSWORD=hunter2\n[Install]\nWantedBy=multi-user.target\n",
		"/etc/systemd/system/xendomains.service.d/local.conf":            "[Unit]\nAfter=xenpci.service\n",
		"/etc/systemd/system/multi-user.target.wants/xendomains.service": "-> /lib/systemd/system/xendomains.service",
		"/etc/init.d/xend": "#!/sbin/openrc-run\nPASSWORD=hunter2\ndepend() {\n\tneed xenstored\n}\nstart() {\n\techo hunter2\n}\n",
	}
}

// TestSnapshot checks that a machine and its snapshot, masked or not, have the same
// verdict, with layers and without.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	for _, test := range undoCases {
		for _, layers := range [][]Name{nil, test.layers} {
			for _, masked := range []bool{false, true} {
				if !masked && layers == nil {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%v", test.name, joinedNames(layers), masked), func(t *testing.T) {
					m := newMachine(t, test.machine(), present(), toolstack())
					m.write("/etc/modprobe.d/zz.conf", "options xen-pciback hide=(00:1d.0) permissive\n")
					m.mustSet(nil, 2, layers...)
					var text bytes.Buffer
					options := snapshot.Options{Wait: m.fs.Attribute}
					if masked {
						options.Mask = mask.New(mask.Key{7})
					}
					report, err := snapshot.Write(t.Context(), &text, m.root, options)
					if err != nil || len(report.Notes) > 0 {
						t.Fatal(err, report.Notes)
					}
					if bytes.Contains(text.Bytes(), []byte("hunter2")) {
						t.Error("it has lines that xenpci does not read")
					}
					a, err := archive.Parse(text.Bytes())
					if err != nil {
						t.Fatal(err)
					}
					copied := &machine{t: t, root: scratch.Dir(t)}
					copied.fs = sysfs.New(copied.root)
					if err := archive.Unpack(a, copied.root); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(m.verdict(), copied.verdict(), cmp.AllowUnexported(grub.CommandLine{}, grub.Argument{})); diff != "" {
						t.Error(diff)
					}
				})
			}
		}
	}
}
