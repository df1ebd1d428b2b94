package passthrough

import (
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
)

// HostBoot is how the Xen host itself runs and boots.
type HostBoot struct {
	Running HostRunning `json:"running"`
	Next    HostNext    `json:"next"`

	// How the next boot differs from what runs; absent where one of them is not known.
	Differences *HostDifferences `json:"differences,omitempty"`

	Trial        *HostTrial `json:"trial,omitempty"`         // that is prepared, runs, or was not confirmed; absent for none
	TrialUnknown *Error     `json:"trial_unknown,omitempty"` // why it is not known whether there is one
}

// HostRunning is what runs now, as sysfs and procfs show it.
type HostRunning struct {
	Xen      bool       `json:"xen"`
	Release  string     `json:"release,omitempty"` // of Xen: "4.17.5"
	Kernel   string     `json:"kernel,omitempty"`  // the release of dom0's kernel
	Dom0Line []HostWord `json:"dom0_line"`
	XenLine  []string   `json:"xen_line,omitempty"` // Xen's own words; absent where Xen could not be asked
}

// HostNext is what the boot loader starts unless somebody chooses something else.
type HostNext struct {
	Loader   BootLoader `json:"boot_loader"`
	Unknown  *Error     `json:"unknown,omitempty"` // why it is not known what boots
	Entry    string     `json:"entry,omitempty"`   // its title
	Place    *HostPlace `json:"place,omitempty"`   // of the entry
	Xen      bool       `json:"xen"`               // the entry boots Xen; what follows is of one that does
	Recovery bool       `json:"recovery,omitempty"`

	Hypervisor   *HostFile  `json:"hypervisor,omitempty"`
	Release      string     `json:"release,omitempty"`       // of Xen, as its image has it
	ImageUnknown *Error     `json:"image_unknown,omitempty"` // why the image cannot be read
	XenLine      []HostWord `json:"xen_line"`
	Kernel       *HostFile  `json:"kernel,omitempty"`
	Initramfs    []HostFile `json:"initramfs"`
	Dom0Line     []HostWord `json:"dom0_line"`
}

// HostFile is a file that the boot loader loads.
type HostFile struct {
	Named string `json:"named"`          // by the entry
	Path  string `json:"path,omitempty"` // of this host; absent if there is no such file

	Inside bool `json:"inside,omitempty"` // it is a part of the file: of a unified image
}

func newHostFile(f hostboot.File) *HostFile { return &HostFile{f.Named, f.Name, f.Inside} }

// HostWord is a word of a command line, and where it comes from.
type HostWord struct {
	Word  string    `json:"word"`
	Place HostPlace `json:"place"`
}

// HostPlace is where something of the boot configuration stands.
type HostPlace struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`    // from 1
	Setting string `json:"setting,omitempty"` // the variable there: "GRUB_CMDLINE_XEN_DEFAULT"
	Script  string `json:"script,omitempty"`  // that wrote the line: "/etc/grub.d/20_linux_xen"
}

// HostDifferences are how the next boot differs from what runs.
type HostDifferences struct {
	Reboot  bool     `json:"reboot"`             // there is a difference
	Xen     bool     `json:"xen,omitempty"`      // only one of them has Xen, or another release of it
	Kernel  bool     `json:"kernel,omitempty"`   // another kernel
	Lost    []string `json:"lost,omitempty"`     // words of dom0's running line that the next one does not have
	Added   []string `json:"added,omitempty"`    // words of the next one that the running line does not have
	NotSeen []string `json:"not_seen,omitempty"` // what could not be compared, or not wholly: "xen_line", "dom0_line"

	XenLost  []string `json:"xen_lost,omitempty"`  // words of Xen's running line that the next one does not have
	XenAdded []string `json:"xen_added,omitempty"` // words of the next one that the running line does not have
}

// HostBoot returns what runs and what boots next, with the place of each word of the command
// lines. It runs no program and changes nothing.
func (v *View) HostBoot() HostBoot {
	xenLine, _ := v.XenCommandLine() // "" where Xen cannot be asked
	running, next := hostboot.ReadRunning(v.fs, xenLine), v.nextBoot()
	b := HostBoot{
		Running: HostRunning{Xen: running.Hypervisor == "xen", Release: running.Release, Kernel: running.Kernel, Dom0Line: newHostWords(running.Dom0Line), XenLine: running.XenLine.Texts()},
		Next:    newHostNext(next),
	}
	if next.Xen && running.Dom0Line.Text != "" {
		b.Differences = b.compare(running, next)
	}
	var err error
	if b.Trial, err = v.HostTrial(); err != nil {
		b.TrialUnknown = asError(err)
	}
	return b
}

// nextBoot returns what boots next.
func (v *View) nextBoot() hostboot.Next {
	next, _ := v.next.get(func() (hostboot.Next, error) { return hostboot.ReadNext(v.fs), nil })
	return next
}

func newHostNext(n hostboot.Next) HostNext {
	shown := HostNext{
		Loader: BootLoader{
			Kind: newLoader(n.Loader.Kind), Config: n.Loader.Config, Generator: strings.Join(n.Loader.Generate, " "),
			ByHand: n.Loader.ByHand(), Known: n.Loader.Known(),
		},
		Entry: n.Title, Xen: n.Xen, Recovery: n.Recovery, Release: n.Table.Release,
		XenLine: newHostWords(n.XenLine), Dom0Line: newHostWords(n.Dom0Line), Initramfs: []HostFile{},
	}
	if n.Err != nil {
		shown.Unknown = asError(n.Err)
		return shown
	}
	if n.Place.File != "" {
		place := newHostPlace(n.Place)
		shown.Place = &place
	}
	if n.TableErr != nil {
		shown.ImageUnknown = asError(n.TableErr)
	}
	if n.Xen {
		shown.Hypervisor = newHostFile(n.Hypervisor)
	}
	if n.Xen || n.Kernel.Named != "" {
		shown.Kernel = newHostFile(n.Kernel)
	}
	for _, file := range n.Initrds {
		shown.Initramfs = append(shown.Initramfs, *newHostFile(file))
	}
	return shown
}

func newHostPlace(p hostboot.Place) HostPlace {
	return HostPlace{p.File, p.Line, p.Setting, p.Script}
}

func newHostWords(line hostboot.Line) []HostWord {
	words := []HostWord{}
	for _, w := range line.Words {
		words = append(words, HostWord{w.Text, newHostPlace(w.Place)})
	}
	return words
}

// compare returns how the next boot differs from what runs.
func (b HostBoot) compare(running hostboot.Running, next hostboot.Next) *HostDifferences {
	d := &HostDifferences{Xen: !b.Running.Xen}
	if running.XenLine.Text != "" {
		d.XenLost, d.XenAdded = hostboot.Compare(running.XenLine, next.XenLine)
	}
	if running.XenLine.Text == "" || next.XenLine.Open() {
		d.NotSeen = append(d.NotSeen, "xen_line")
	}
	if next.Dom0Line.Open() {
		d.NotSeen = append(d.NotSeen, "dom0_line")
	}
	if b.Running.Release != "" && b.Next.Release != "" {
		d.Xen = d.Xen || b.Running.Release != b.Next.Release
	}
	if release := next.KernelRelease(); release != "" && running.Kernel != "" {
		d.Kernel = release != running.Kernel
	}
	d.Lost, d.Added = hostboot.Compare(running.Dom0Line, next.Dom0Line)
	d.Reboot = d.Xen || d.Kernel || len(d.Lost)+len(d.Added)+len(d.XenLost)+len(d.XenAdded) > 0
	return d
}
