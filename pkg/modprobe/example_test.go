package modprobe_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

// configured makes a small tree in the place of a machine's /etc.
func configured(files map[string]string) (root string, remove func()) {
	root, err := os.MkdirTemp("", "modprobe")
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	return root, func() { os.RemoveAll(root) }
}

// What modprobe is told of a module, by which file.
func ExampleRead() {
	root, remove := configured(map[string]string{ // "/" is this machine
		"etc/modprobe.d/a.conf": "options xen-pciback permissive=1 hide=(00:09.0)\nsoftdep e1000 pre: xen-pciback\n",
		"etc/modprobe.d/z.conf": "options xen-pciback hide=(00:04.0)\nsoftdep e1000 pre: mii\n",
	})
	defer remove()
	config := modprobe.Read(modprobe.System{Root: root})
	for _, err := range config.Unread {
		log.Print(err)
	}
	options := config.Options("xen-pciback")
	hide := options.Parameter("hide")
	fmt.Printf("hide=%s, by %s\n", hide.Wins.Value, hide.Wins.Where)
	for _, lost := range hide.Loses {
		fmt.Printf("without effect: hide=%s, in %s\n", lost.Value, lost.Where)
	}
	softdep := config.Softdep("e1000")
	fmt.Printf("before e1000: %s, by %s\n", strings.Join(softdep.Wins.Directive.Pre, " "), softdep.Wins.Where)
	// Output:
	// hide=(00:04.0), by /etc/modprobe.d/z.conf:1
	// without effect: hide=(00:09.0), in /etc/modprobe.d/a.conf:1
	// before e1000: xen-pciback, by /etc/modprobe.d/a.conf:2
}

// Options and an install line are added to modprobe.conf. All other bytes stay.
func ExampleFile_AddLine() {
	content := []byte("# my cards\nalias eth0 e1000") // no newline at its end
	options, err := modprobe.OptionsLine("xen-pciback", "hide", "(0000:00:09.0)")
	if err != nil {
		log.Fatal(err)
	}
	install, err := modprobe.InstallLine("e1000", "xen-pciback")
	if err != nil {
		log.Fatal(err)
	}
	for _, line := range []string{options, install} {
		e, err := modprobe.Parse(content).AddLine(line)
		if err != nil {
			log.Fatal(err)
		}
		if content, err = e.Apply(content); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%s", content)
	// Output:
	// # my cards
	// alias eth0 e1000
	// options xen-pciback hide=(0000:00:09.0)
	// install e1000 /sbin/modprobe xen-pciback ; /sbin/modprobe --first-time --ignore-install e1000
}

// A line is removed by its number, and the edit is taken back.
func ExampleFile_RemoveLine() {
	file := modprobe.Parse([]byte("options e1000 a=1\nblacklist e1000\n"))
	for _, line := range file.Lines {
		if line.Directive.Kind != modprobe.Blacklist {
			continue
		}
		e, err := file.RemoveLine(line.Number)
		if err != nil {
			log.Fatal(err)
		}
		without, err := e.Apply(file.Bytes())
		if err != nil {
			log.Fatal(err)
		}
		back, err := e.Inverse().Apply(without)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q, and back %q\n", without, back)
	}
	// Output: "options e1000 a=1\n", and back "options e1000 a=1\nblacklist e1000\n"
}

// The softdep line that keeps what another one says: only the first takes effect.
func ExampleConfig_SoftdepBefore() {
	root, remove := configured(map[string]string{"etc/modprobe.d/net.conf": "softdep r8169 pre: realtek\n"})
	defer remove()
	line, err := modprobe.Read(modprobe.System{Root: root}).SoftdepBefore("r8169", "xen-pciback", nil)
	fmt.Println(line, err)
	// Output: softdep r8169 pre: xen-pciback realtek <nil>
}
