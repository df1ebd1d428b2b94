package boot

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/grub"
)

// setting returns an edit that adds words to Xen's line, or removes them: a word that is written
// "OLD->NEW" replaces another one.
func setting(xen bool, add string, remove ...string) WordEdit {
	apply := func(words, before []string, _ ...string) (all []string, err error) {
		for _, w := range words {
			switch {
			case slices.Contains(remove, w) && !slices.Contains(before, w): // xenpci set it
				for _, b := range before {
					if key, _, _ := strings.Cut(w, "="); strings.HasPrefix(b, key+"=") {
						all = append(all, b)
					}
				}
			case slices.Contains(remove, w):
			default:
				all = append(all, w)
			}
		}
		for _, w := range strings.Fields(add) {
			old, fresh, replaces := strings.Cut(w, "->")
			switch {
			case replaces:
				for i := range all {
					if all[i] == old {
						all[i] = fresh
					}
				}
			case !slices.Contains(all, w):
				all = append(all, w)
			}
		}
		return all, nil
	}
	unsets := func(words []string) []string {
		return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !slices.Contains(remove, w) })
	}
	key := func(_ bool, word string) string {
		key, _, _ := strings.Cut(word, "=")
		return key
	}
	return WordEdit{Xen: xen, Apply: apply, Others: func([]string) []string { return nil }, Unsets: unsets, Key: key}
}

// makeGRUB stands for update-grub and grub2-mkconfig: a shell reads the settings, and the entries
// are made as 20_linux_xen makes them.
func (m *machine) makeGRUB(config string, dropIns bool) func(args ...string) error {
	return func(...string) error {
		m.t.Helper()
		script := `. "$0/etc/default/grub"; `
		if dropIns {
			script += `for x in "$0"/etc/default/grub.d/*.cfg; do . "$x"; done; `
		}
		script += `printf '%s\n' "$GRUB_CMDLINE_XEN" "$GRUB_CMDLINE_XEN_DEFAULT" "${GRUB_CMDLINE_LINUX_XEN_REPLACE:-$GRUB_CMDLINE_LINUX}" "${GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT:-$GRUB_CMDLINE_LINUX_DEFAULT}"`
		out, err := exec.CommandContext(m.t.Context(), "sh", "-c", script, m.root).Output()
		if err != nil {
			return err
		}
		v := strings.Split(string(out), "\n")
		entry := func(title, xen, dom0 string) string {
			return "menuentry '" + title + "' {\n\tmultiboot2 /boot/xen-4.17-amd64.gz placeholder " + xen + "\n" +
				"\tmodule2 /boot/vmlinuz-" + release + " placeholder root=/dev/sda1 ro " + dom0 + "\n\tmodule2 --nounzip /boot/initrd.img-" + release + "\n}\n"
		}
		m.write(config, "### BEGIN /etc/grub.d/20_linux_xen ###\n"+entry("Debian, with Xen", v[0]+" "+v[1], v[2]+" "+v[3])+
			entry("Debian, with Xen (recovery mode)", v[0], "single "+v[2]))
		return nil
	}
}

// edit carries out an edit of words.
func (m *machine) edit(run func(args ...string) error, e WordEdit) error {
	m.t.Helper()
	h := m.look(run)
	p, err := PlanWords(m.t.Context(), h, e)
	if err != nil {
		return err
	}
	return p.CarryOut(m.t.Context(), h, func(ctx context.Context) error {
		if run == nil && h.Loader.Generated {
			return nil
		}
		return p.Check(ctx, h, e)
	})
}

func (m *machine) mustEdit(run func(args ...string) error, e WordEdit) {
	m.t.Helper()
	if err := m.edit(run, e); err != nil {
		m.t.Fatal(err)
	}
}

// lines returns the command lines of each entry that boots Xen: title, Xen's and dom0's.
func (m *machine) lines() (all []string) {
	m.t.Helper()
	h := m.look(nil)
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, e := range entries {
		text := func(line grub.CommandLine) string { return strings.Join(wordsOf(line), " ") }
		all = append(all, e.Title+": "+text(e.Hypervisor.Arguments)+" | "+text(e.Dom0))
	}
	return all
}

const (
	debianXen      = "GRUB_CMDLINE_XEN=\"loglvl=all\"\nGRUB_CMDLINE_XEN_DEFAULT=\"dom0_mem=1G\"\n"
	markedWords    = "-rw-r--r-- " + wordsMark
	replaceDefault = `GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="${GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT:-$GRUB_CMDLINE_LINUX_DEFAULT} `
)

// debianWords is Debian with settings for Xen.
func debianWords(t *testing.T) (*machine, func(args ...string) error) {
	t.Helper()
	m := newMachine(t, debian12(), map[string]string{"/etc/default/grub": grubDefault + "\n" + debianXen})
	run := m.makeGRUB("/boot/grub/grub.cfg", true)
	if err := run(); err != nil {
		t.Fatal(err)
	}
	return m, run
}

// fedoraWords is Fedora, whose file of settings has no newline at its end.
func fedoraWords(t *testing.T) (*machine, func(args ...string) error) {
	t.Helper()
	m := newMachine(t, fedora(), map[string]string{"/etc/default/grub": grubDefault + "\n" + strings.TrimSuffix(debianXen, "\n")})
	run := m.makeGRUB("/boot/grub2/grub.cfg", false)
	if err := run(); err != nil {
		t.Fatal(err)
	}
	return m, run
}

// TestWordsInSettings edits the words of entries that are made of GRUB's settings.
func TestWordsInSettings(t *testing.T) {
	t.Parallel()
	recovery := func(e WordEdit) WordEdit {
		e.Recovery = true
		return e
	}
	for _, test := range []struct {
		name, lines    string // of xenpci
		edits          []WordEdit
		want, wantDone string // of the normal entry, and of the one for recovery
	}{
		{
			"a word of Xen", "GRUB_CMDLINE_XEN_DEFAULT=\"$GRUB_CMDLINE_XEN_DEFAULT smt=off\"\n", []WordEdit{setting(true, "smt=off")},
			"placeholder loglvl=all dom0_mem=1G smt=off | placeholder root=/dev/sda1 ro quiet", "placeholder loglvl=all | placeholder root=/dev/sda1 ro single",
		},
		{
			"for recovery too", "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN smt=off\"\n", []WordEdit{recovery(setting(true, "smt=off"))},
			"placeholder loglvl=all smt=off dom0_mem=1G | placeholder root=/dev/sda1 ro quiet", "placeholder loglvl=all smt=off | placeholder root=/dev/sda1 ro single",
		},
		{
			"another value", "GRUB_CMDLINE_XEN_DEFAULT=\"dom0_mem=2G\"\n", []WordEdit{setting(true, "dom0_mem=1G->dom0_mem=2G")},
			"placeholder loglvl=all dom0_mem=2G | placeholder root=/dev/sda1 ro quiet", "placeholder loglvl=all | placeholder root=/dev/sda1 ro single",
		},
		{
			"a word of dom0", replaceDefault + "console=hvc0\"\n", []WordEdit{setting(false, "console=hvc0")},
			"placeholder loglvl=all dom0_mem=1G | placeholder root=/dev/sda1 ro quiet console=hvc0", "placeholder loglvl=all | placeholder root=/dev/sda1 ro single",
		},
		{
			"dom0's only word", "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=\" \"\n", []WordEdit{setting(false, "", "quiet")},
			"placeholder loglvl=all dom0_mem=1G | placeholder root=/dev/sda1 ro", "placeholder loglvl=all | placeholder root=/dev/sda1 ro single",
		},
		{
			"both lines", "GRUB_CMDLINE_XEN_DEFAULT=\"$GRUB_CMDLINE_XEN_DEFAULT smt=off\"\n" + replaceDefault + "console=hvc0 panic=5\"\n",
			[]WordEdit{setting(true, "smt=off"), setting(false, "console=hvc0"), setting(false, "panic=5")},
			"placeholder loglvl=all dom0_mem=1G smt=off | placeholder root=/dev/sda1 ro quiet console=hvc0 panic=5", "placeholder loglvl=all | placeholder root=/dev/sda1 ro single",
		},
	} {
		want := []string{"Debian, with Xen: " + test.want, "Debian, with Xen (recovery mode): " + test.wantDone}
		for _, system := range []struct {
			name string
			make func(t *testing.T) (*machine, func(args ...string) error)
			file string
			want func(before string) string
		}{
			{"Debian", debianWords, brand.GRUBWords, func(string) string { return markedWords + test.lines }},
			{"Fedora", fedoraWords, "/etc/default/grub", func(before string) string {
				return before + "\n# BEGIN xenpci words (the newline above is xenpci's)\n" + test.lines + "# END xenpci words\n"
			}},
		} {
			t.Run(system.name+"/"+test.name, func(t *testing.T) {
				m, run := system.make(t)
				before, config := m.tree(), m.read(m.look(nil).Loader.Config)
				for _, e := range test.edits {
					m.mustEdit(run, e)
				}
				if diff := cmp.Diff(system.want(before[system.file]), m.tree()[system.file]); diff != "" {
					t.Errorf("%s: (-want +got):\n%s", system.file, diff)
				}
				if diff := cmp.Diff(want, m.lines()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				for _, e := range test.edits { // they change nothing
					if p, err := PlanWords(t.Context(), m.look(run), e); err != nil || !p.Nothing() && !slices.Contains(p.Want, "dom0_mem=2G") {
						t.Errorf("again: %v, %v", p.Diff(), err)
					}
				}
				undo := setting(true, "", "smt=off", "dom0_mem=2G")
				undo.Recovery = true
				m.mustEdit(run, undo)
				undo = setting(false, "", "console=hvc0", "panic=5")
				if test.name == "dom0's only word" {
					undo = setting(false, "quiet")
				}
				m.mustEdit(run, undo)
				m.isAs(before)
				if diff := cmp.Diff(config, m.read(m.look(nil).Loader.Config)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestWordsAndHiding sets words and hides devices in the same files, in each order, and takes both
// back in each order. Each leaves what the other wrote.
func TestWordsAndHiding(t *testing.T) {
	t.Parallel()
	words := []WordEdit{setting(true, "dom0_mem=1G->dom0_mem=2G"), setting(false, "console=hvc0", "quiet")}
	back := []WordEdit{setting(true, "", "dom0_mem=2G"), setting(false, "quiet", "console=hvc0")}
	for _, system := range []struct {
		name string
		make func(t *testing.T) (*machine, func(args ...string) error)
	}{{"Debian", debianWords}, {"Fedora", fedoraWords}} {
		for _, order := range []string{"words first", "hiding first"} {
			for _, undo := range []string{"words first", "hiding first"} {
				t.Run(fmt.Sprintf("%s/%s/undone %s", system.name, order, undo), func(t *testing.T) {
					m, run := system.make(t)
					before := m.tree()
					set := func(edits []WordEdit) {
						for _, e := range edits {
							m.mustEdit(run, e)
						}
					}
					onlyWords, onlyHidden := before, before
					if order == "words first" {
						set(words)
						onlyWords = m.tree()
						m.mustSet(run, 2, KernelArgument)
					} else {
						m.mustSet(run, 2, KernelArgument)
						onlyHidden = m.tree()
						set(words)
					}
					want := []string{
						"Debian, with Xen: placeholder loglvl=all dom0_mem=2G | placeholder root=/dev/sda1 ro console=hvc0" + twoCards,
						"Debian, with Xen (recovery mode): placeholder loglvl=all | placeholder root=/dev/sda1 ro single",
					}
					if diff := cmp.Diff(want, m.lines()); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					if undo == "words first" {
						set(back)
						if order == "hiding first" {
							m.isAs(onlyHidden)
						}
						m.mustSet(run, 2)
					} else {
						m.mustSet(run, 2)
						if order == "words first" {
							m.isAs(onlyWords)
						}
						set(back)
					}
					m.isAs(before)
				})
			}
		}
	}
}

// TestWordsLost has a later file of settings replace xenpci's, or the generator fail or do
// nothing: everything is taken back.
func TestWordsLost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		file   string // that comes after xenpci's
		run    func(call int, run func(args ...string) error) error
		facts  string
		others bool
	}{
		{"another file", "GRUB_CMDLINE_XEN_DEFAULT=\"dom0_mem=1G\"\n", nil, `"Debian, with Xen" does not have smt=off`, false},
		{"the generator fails", "", func(call int, run func(args ...string) error) error {
			if call == 1 {
				return errProgram
			}
			return run()
		}, errProgram.Error(), false},
		{"the generator does nothing", "", func(int, func(args ...string) error) error { return nil }, `does not have smt=off`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, run := debianWords(t)
			if test.file != "" {
				m.write("/etc/default/grub.d/zz.cfg", test.file)
			}
			before, config := m.tree(), m.read("/boot/grub/grub.cfg")
			call := 0
			err := m.edit(func(args ...string) error {
				if call++; test.run != nil {
					return test.run(call, run)
				}
				return run(args...)
			}, setting(true, "smt=off"))
			var back *change.TakenBackError
			if !errors.As(err, &back) || back.Undo != nil {
				t.Fatal(err)
			}
			hasFacts(t, err.Error(), test.facts)
			m.isAs(before)
			if diff := cmp.Diff(config, m.read("/boot/grub/grub.cfg")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWordsRefused has settings that xenpci does not change.
func TestWordsRefused(t *testing.T) {
	t.Parallel()
	m, run := debianWords(t)
	before := m.tree()
	var shared *SharedError
	if err := m.edit(run, setting(true, "loglvl=all->loglvl=info")); !errors.As(err, &shared) || shared.Setting != grub.CmdlineXen {
		t.Errorf("%v", err)
	}
	m.isAs(before)
	m.write("/etc/default/grub", "GRUB_CMDLINE_XEN_DEFAULT=$(cat /x)\n")
	var unclear *grub.NotUnderstoodError
	if err := m.edit(run, setting(true, "smt=off")); !errors.As(err, &unclear) {
		t.Errorf("%v", err)
	}
	var byHand *ByHandError
	if err := newMachine(t, kernel(), modern).edit(nil, setting(true, "smt=off")); !errors.As(err, &byHand) {
		t.Errorf("%v", err)
	}
}

// TestWordsKilled has the process die when the settings are written and the generator has not run:
// the next run has it run, and taking the words back does too.
func TestWordsKilled(t *testing.T) {
	t.Parallel()
	m, run := debianWords(t)
	before, made := m.tree(), m.read("/boot/grub/grub.cfg")
	nothing := func(...string) error { return nil }
	set, unset := setting(true, "smt=off"), setting(true, "", "smt=off")
	kill := func(e WordEdit) {
		h := m.look(nothing)
		p, err := PlanWords(t.Context(), h, e)
		if err == nil {
			err = p.CarryOut(t.Context(), h, func(context.Context) error { return nil })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	kill(set)
	if m.read("/boot/grub/grub.cfg") != made {
		t.Fatal("the generator ran")
	}
	m.mustEdit(run, set)
	with := m.read("/boot/grub/grub.cfg")
	if !strings.Contains(with, "smt=off") {
		t.Error("the next run did not complete it")
	}
	kill(unset)
	if m.read("/boot/grub/grub.cfg") != with {
		t.Fatal("the generator ran")
	}
	m.mustEdit(run, unset)
	m.isAs(before)
	if diff := cmp.Diff(made, m.read("/boot/grub/grub.cfg")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
