package boot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/grub"
)

// askXenCmdline stands for xen-cmdline, which needs XenServer's Python. As in its source
// (get_dom0_args, and python-libs' loadExisting), the answer has each argument of the default
// entry with exactly this key, on a line of its own, from the first of these files that is there.
func (m *machine) askXenCmdline(_ context.Context, _ time.Duration, args ...string) (string, error) {
	if len(args) != 3 || args[0] != xenCmdline || args[1] != "--get-dom0" && args[1] != "--get-xen" {
		return "", fmt.Errorf("%q: there is no such program on this machine", args)
	}
	for _, name := range []string{xenServerEFI, "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"} {
		if !m.fs.Exists(name) {
			continue
		}
		config, err := grub.ParseConfig([]byte(m.read(name)), nil)
		if err != nil {
			return "", err
		}
		e, err := config.DefaultEntry()
		xen, _ := e.Xen()
		var found []string
		for word := range strings.FieldsSeq(target{xen: args[1] == "--get-xen"}.line(xen).String()) {
			if key, _, _ := strings.Cut(word, "="); key == args[2] {
				found = append(found, word)
			}
		}
		return strings.Join(found, "\n") + "\n", err
	}
	return "", errors.New("No existing bootloader configuration found")
}

// TestXenCmdline reads the list back by XenServer's own program too. If that disagrees,
// everything is as it was before.
func TestXenCmdline(t *testing.T) {
	t.Parallel()
	program := map[string]string{xenCmdline: "#!/usr/bin/python\n"}
	failing := func(context.Context, time.Duration, ...string) (string, error) { return "", errProgram }
	for _, test := range []struct {
		name    string
		machine map[string]string
		ask     func(context.Context, time.Duration, ...string) (string, error)
		want    string // the error; "" for none
	}{
		{"it agrees", joined(xcpng(), program), nil, ""},
		{"with UEFI", joined(xcpngEFI(), program), nil, ""},
		{"it reads another file", joined(xcpng(), program, map[string]string{xenServerEFI: xenServerConfig("")}), nil,
			`/boot/grub/grub.cfg: /opt/xensource/libexec/xen-cmdline reads "" | not (0000:00:09.0)(0000:00:0a.0) | another file`},
		{"it fails", joined(xcpng(), program), failing, "/boot/grub/grub.cfg cannot be read by XenServer's own program | " + errProgram.Error()},
		{"it is not there", xcpng(), failing, ""},
		{"the default entry is for recovery", joined(xcpng(), program, map[string]string{"/boot/grub/grub.cfg": strings.Replace(xenServerConfig(""), "default=0", "default=3", 1)}), failing, ""},
		{"another system", joined(debian12(), program), failing, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, test.machine)
			p := &programs{m: m}
			before := m.tree()
			h := m.look(p.run)
			h.Ask = m.askXenCmdline
			if test.ask != nil {
				h.Ask = test.ask
			}
			setup, err := Prepare(t.Context(), h, listed(cards(h)), []Name{KernelArgument})
			if err != nil {
				t.Fatal(err)
			}
			err = setup.CarryOut(t.Context())
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			taken := (*change.TakenBackError)(nil)
			if !errors.As(err, &taken) || taken.Undo != nil {
				t.Fatal(err)
			}
			hasFacts(t, err.Error(), test.want)
			if diff := cmp.Diff(before, m.tree()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestListOfXapi has XenServer's toolstack add a device to the list that xenpci wrote: whoever
// writes the list again, or removes it, is told of that device first.
func TestListOfXapi(t *testing.T) {
	t.Parallel()
	m := newMachine(t, xcpng())
	h := m.look((&programs{m: m}).run)
	setup, err := Prepare(t.Context(), h, listed(cards(h)), []Name{KernelArgument})
	if err != nil {
		t.Fatal(err)
	}
	if err := setup.CarryOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	const config, ours = "/boot/grub/grub.cfg", "(0000:00:09.0)(0000:00:0a.0)"
	about := func(all []Warning) (found []string) {
		for _, w := range all {
			if strings.Contains(w.Reason, "0000:00:0b.0") {
				found = append(found, w.Reason)
			}
		}
		return found
	}
	h = m.look((&programs{m: m}).run)
	if got := about(h.Conflicts(cards(h), []Name{KernelArgument})); got != nil {
		t.Errorf("nobody has added it: %q", got)
	}
	m.write(config, strings.ReplaceAll(m.read(config), ours, ours+"(0000:00:0b.0)"))
	h = m.look((&programs{m: m}).run)
	got := about(h.Conflicts(cards(h), []Name{KernelArgument}))
	if len(got) == 0 || !strings.Contains(got[0], "(0000:00:0b.0) too, which is not declared") {
		t.Errorf("xapi's device is lost in silence: %q", got)
	}
	setup, err = Prepare(t.Context(), h, listed(cards(h)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := about(setup.Lost()); len(got) == 0 {
		t.Error("removing the layer loses xapi's device in silence")
	}
}

// TestXenCmdlineWords reads words back by that program too.
func TestXenCmdlineWords(t *testing.T) {
	t.Parallel()
	program := map[string]string{xenCmdline: "#!/usr/bin/python\n"}
	for _, test := range []struct {
		name    string
		machine map[string]string
		want    string // the error; "" for none
	}{
		{"it agrees", joined(xcpng(), program), ""},
		{"with UEFI", joined(xcpngEFI(), program), ""},
		{"it reads another file", joined(xcpng(), program, map[string]string{xenServerEFI: xenServerConfig("")}), `reads "" | not smt=off | another file`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, test.machine)
			before := m.tree()
			for _, e := range []WordEdit{setting(true, "smt=off"), setting(false, "console=ttyS0 panic=5")} {
				h := m.look(nil)
				h.Ask = m.askXenCmdline
				p, err := PlanWords(t.Context(), h, e)
				if err == nil {
					err = p.CarryOut(t.Context(), h, func(ctx context.Context) error { return p.Check(ctx, h, e) })
				}
				switch {
				case test.want == "" && err != nil:
					t.Error(err)
				case test.want == "":
				case err == nil:
					t.Error("no error")
				case e.Xen:
					hasFacts(t, err.Error(), test.want)
					m.isAs(before)
				}
			}
		})
	}
}
