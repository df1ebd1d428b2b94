//go:build xen

package dom0

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// action is something that happens to the host. It reports whether it could be done.
type action struct {
	name string
	do   func(s *soak) bool
}

// actions are what happens while the daemon runs; what the daemon need not see can happen
// while it is dead.
var actions = []action{
	{"plug a card in", (*soak).plug},
	{"pull a card", (*soak).pull},
	{"plug another card in", (*soak).plugStranger},
	{"edit the list: rename a new one over it", func(s *soak) bool { return s.edit(s.replaceList) }},
	{"edit the list: sed -i", func(s *soak) bool { return s.edit(s.sedList) }},
	{"edit the list: vim", func(s *soak) bool { return s.transient() && s.edit(s.vimList) }},
	{"edit the list: write into it", func(s *soak) bool { return s.transient() && s.edit(s.writeList) }},
	{"edit the list: remove the folder, make it again", func(s *soak) bool { return s.transient() && s.edit(s.remakeList) }},
	{"edit the list: move a part to devices.d", func(s *soak) bool { return s.transient() && s.edit(s.splitList) }},
	{"edit the list: break it, and mend it", (*soak).breakList},
	{"start a guest", (*soak).create},
	{"destroy a guest", (*soak).destroyOne},
	{"xenpci unhide", func(s *soak) bool { return s.giveBack("xenpci", "unhide") }},
	{"xl pci-assignable-remove", func(s *soak) bool { return s.giveBack("xl", "pci-assignable-remove") }},
	{"xl pci-assignable-remove -r", func(s *soak) bool { return s.giveBack("xl", "pci-assignable-remove", "-r") }},
	{"xenpci call Release", (*soak).release},
	{"xenpci hide", (*soak).hide},
	{"reload", func(s *soak) bool { return s.reload("xenpci", "daemon", "reload") }},
	{"call Reload", func(s *soak) bool { return s.reload("xenpci", "call", "Reload") }},
	{"SIGHUP", (*soak).hangUp},
	{"have a driver take a card", (*soak).take},
	{"load or unload the cards' driver", (*soak).toggleDriver},
	{"send a thousand uevents", (*soak).uevents},
	{"come and go as clients", (*soak).clients},
}

// kills are what happens to the daemon.
var kills = []action{
	{"kill it, and start it", (*soak).killAndStart},
	{"kill it in the midst of something", (*soak).killInTheMidst},
	{"kill it, and do something while it is dead", (*soak).killAndAct},
	{"kill it, and plug another card in", (*soak).killAndPlugStranger},
}

// whileDead are the actions that need no daemon.
var whileDead = []func(s *soak) bool{
	(*soak).plug, (*soak).pull, (*soak).create, (*soak).destroyOne, (*soak).hide, (*soak).take,
	func(s *soak) bool { return s.edit(s.replaceList) },
	func(s *soak) bool { return s.giveBack("xenpci", "unhide") },
	func(s *soak) bool { return s.giveBack("xl", "pci-assignable-remove", "-r") },
}

func (s *soak) plug() bool {
	c := s.pick(func(c *soaked) bool { return c.port != "" && c.place == absent })
	if c == nil {
		return false
	}
	s.qemu.plug(s.t, "e1000e", c.port, "in-"+c.port, c.address)
	c.place = hidden
	if !c.declared { // pciback gets it if its slot is still there
		time.Sleep(time.Second)
		if c.place = home; driver(c.address) == "pciback" {
			c.place = hidden
		}
	}
	return true
}

// replaceable is a card that is not there, and whose place another one is not to have.
func (c *soaked) replaceable() bool { return c.id != "" && c.place == absent && c.declared }

func (s *soak) plugStranger() bool {
	c := s.pick((*soaked).replaceable)
	if c == nil {
		return false
	}
	s.qemu.plug(s.t, "virtio-rng-pci", c.port, "in-"+c.port, c.address)
	c.place = stranger
	return true
}

func (s *soak) pull() bool {
	c := s.pick(func(c *soaked) bool {
		return c.port != "" && c.place != absent && c.place != assigned && c.place != givenBack
	})
	if c == nil {
		return false
	}
	s.qemu.pull(s.t, "in-"+c.port, c.address)
	c.place, c.losses = absent, 0
	return true
}

const (
	theFolder = "/etc/xenpci"
	theList   = theFolder + "/devices.toml"
	thePart   = theFolder + "/devices.d/20-part.toml"
	theDraft  = "/tmp/devices.toml"
)

// edit has another device declared, or not, and writes the list.
func (s *soak) edit(write func(text string)) bool {
	if c := s.cards[s.random.IntN(len(s.cards))]; c.place != stranger {
		c.declare(!c.declared)
	}
	write(s.list())
	time.Sleep(editPause)
	return true
}

// editPause is how long an edit takes to come to rest: a daemon that has read the list in the
// middle of it, where a device is missing, gives back a card that has just come into a slot that
// was registered for that device, and hides it again.
const editPause = 5 * time.Second

// transient reports whether the list may be empty for a moment. The daemon would forget
// that a device is contested.
func (s *soak) transient() bool {
	return s.pick(func(c *soaked) bool { return c.place == fought }) == nil
}

func (s *soak) list() string {
	text := "# The list.\n"
	for _, c := range s.cards {
		if c.declared {
			text += c.declaration()
		}
	}
	return text
}

func (s *soak) write(name, text string) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// whole takes the part of the list away that splitList moved.
func (s *soak) whole() {
	if err := os.RemoveAll(thePart); err != nil {
		s.t.Fatal(err)
	}
}

func (s *soak) replaceList(text string) {
	s.write(theList+".new", text)
	if err := os.Rename(theList+".new", theList); err != nil {
		s.t.Fatal(err)
	}
	s.whole()
}

func (s *soak) sedList(text string) {
	s.write(theDraft, text)
	must(s.t, "sed", "-i", "-e", "1r "+theDraft, "-e", "1,$d", theList)
	s.whole()
}

func (s *soak) vimList(text string) {
	s.write(theDraft, text)
	must(s.t, "vim.tiny", "-u", "NONE", "-es", "-c", "%d", "-c", "0r "+theDraft, "-c", "wq", theList)
	s.whole()
}

func (s *soak) writeList(text string) {
	s.write(theList, text)
	s.whole()
}

func (s *soak) remakeList(text string) {
	if err := os.RemoveAll(theFolder); err != nil {
		s.t.Fatal(err)
	}
	s.write(theList, text)
}

func (s *soak) splitList(text string) {
	tables := strings.SplitAfter(text, "\n[[device]]")
	if len(tables) > 1 {
		last := strings.LastIndex(text, "[[device]]")
		s.write(theList, text[:last])
		s.write(thePart, text[last:])
		return
	}
	s.writeList(text)
}

// breakList leaves the list without a table that can be read for some seconds. The daemon
// goes on with the last good one.
func (s *soak) breakList() bool {
	s.write(theList+".new", strings.ReplaceAll(s.list(), "address", "adress")+"\n[[device\n")
	if err := os.Rename(theList+".new", theList); err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(time.Duration(s.random.IntN(4)) * time.Second)
	s.wantAll("the list is broken")
	s.replaceList(s.list())
	return true
}

func (s *soak) create() bool {
	c := s.pick(func(c *soaked) bool { return c.place == hidden || c.place == fought && driver(c.address) == "pciback" })
	has := 0
	for _, other := range s.cards {
		if other.place == assigned {
			has++
		}
	}
	if c == nil || has == 2 {
		return false
	}
	s.guests++
	c.guest = fmt.Sprintf("soak%d", s.guests)
	config := filepath.Join(s.t.TempDir(), c.guest)
	s.write(config, fmt.Sprintf("name = %q\ntype = \"pv\"\nmemory = 192\nkernel = \"/guest/vmlinuz\"\nramdisk = \"/guest/initramfs\"\n"+
		"extra = \"console=hvc0 loglevel=4\"\npci = [ %q ]\n", c.guest, c.address))
	must(s.t, "xl", "create", config)
	c.place, c.losses = assigned, 0
	if s.random.IntN(2) == 0 { // the other half may be destroyed while it boots
		console := "/var/log/xen/console/guest-" + c.guest + ".log"
		eventually(s.t, c.guest+" is up", settling, func() bool {
			text, _ := os.ReadFile(console)
			return strings.Contains(string(text), "guest: started")
		})
	}
	return true
}

func (s *soak) destroyOne() bool {
	c := s.pick(func(c *soaked) bool { return c.place == assigned })
	if c == nil {
		return false
	}
	s.destroy(c)
	return true
}

func (s *soak) destroy(c *soaked) {
	destroyGuest(s.t, c.guest)
	c.guest, c.place = "", hidden
}

// giveBack gives a device back by a command.
func (s *soak) giveBack(command ...string) bool {
	c := s.pick(func(c *soaked) bool { return c.place == hidden })
	if c == nil {
		return false
	}
	must(s.t, append(command, c.address)...)
	c.place, c.losses, c.driver = givenBack, 0, driver(c.address)
	return true
}

func (s *soak) release() bool {
	c := s.pick(func(c *soaked) bool { return c.place == hidden })
	if c == nil {
		return false
	}
	must(s.t, "xenpci", "call", "Release", `{"ids": ["`+c.address+`"]}`)
	c.place, c.losses, c.driver = givenBack, 0, driver(c.address)
	return true
}

func (s *soak) hide() bool {
	c := s.pick((*soaked).free)
	if c == nil {
		return false
	}
	xenpci(s.t, done, "hide", c.address)
	if c.place == givenBack || c.place == fought {
		c.losses = 0
	}
	c.place = hidden
	return true
}

func (s *soak) reload(command ...string) bool {
	must(s.t, command...)
	s.reloaded()
	return true
}

func (s *soak) hangUp() bool {
	if err := s.daemon.command.Process.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
	s.reloaded()
	return true
}

func (s *soak) reloaded() {
	for _, c := range s.cards {
		c.reloaded()
	}
}

// take has a card's own driver take it from pciback, as scripts do that know no better.
func (s *soak) take() bool {
	c := s.pick(func(c *soaked) bool {
		return c.declared && (c.place == hidden || c.place == fought && driver(c.address) == "pciback") && (c.port == "" || loaded("e1000e"))
	})
	if c == nil {
		return false
	}
	own := "e1000e"
	if c.port == "" {
		own = native[c.address]
	}
	mustWrite(s.t, pciback+"unbind", c.address)
	_ = write(drivers+own+"/bind", c.address) // EBUSY where the daemon was faster
	if c.losses++; c.losses >= 3 {
		c.place = fought
	}
	return true
}

// toggleDriver loads or unloads the driver of the cards that are plugged in.
func (s *soak) toggleDriver() bool {
	if !loaded("e1000e") {
		must(s.t, "modprobe", "e1000e")
	} else if s.pick(func(c *soaked) bool { return c.port != "" && driver(c.address) == "e1000e" }) != nil {
		return false // the card would be without a driver
	} else {
		must(s.t, "rmmod", "e1000e")
	}
	return true
}

// uevents has the kernel send messages about all devices, as udevadm trigger does.
func (s *soak) uevents() bool {
	all, err := filepath.Glob(devices + "*/uevent")
	if err != nil || len(all) == 0 {
		s.t.Fatal(err)
	}
	for n := range 1000 {
		_ = write(all[n%len(all)], "change") // the card may have been pulled
	}
	return true
}

// clients has clients that hang up, and one that says nothing.
func (s *soak) clients() bool {
	for range 8 {
		subscriber := exec.Command("xenpci", "call", "--more", "Subscribe")
		if err := subscriber.Start(); err != nil {
			s.t.Fatal(err)
		}
		defer func() {
			_ = subscriber.Process.Kill()
			_ = subscriber.Wait()
		}()
	}
	run(s.t, "xenpci", "status")
	run(s.t, "xenpci", "call", "Status")
	run(s.t, "xenpci", "call", "Metrics")
	time.Sleep(time.Duration(s.random.IntN(1000)) * time.Millisecond)
	return true
}

// quiet runs a command whose output is not worth keeping.
func quiet(args ...string) string {
	out, _ := exec.Command(args[0], args[1:]...).Output()
	return string(out)
}
