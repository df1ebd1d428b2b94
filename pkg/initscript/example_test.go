package initscript_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// installed makes a small tree in the place of a machine's /etc.
func installed(files map[string]string) (root string, remove func()) {
	root, err := os.MkdirTemp("", "initscript")
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

const hide = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          hide
# Required-Start:    $local_fs
# X-Start-Before:    xend
# Default-Start:     2 3
# Default-Stop:
# Short-Description: Hide PCI devices
### END INIT INFO
`

// sysv is a machine with sysvinit, on which xend starts in runlevel 2.
func sysv() (root string, remove func()) {
	return installed(map[string]string{
		"etc/inittab":        "id:2:initdefault:\n",
		"etc/init.d/xend":    "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: xend\n### END INIT INFO\n",
		"etc/rc2.d/S20xend":  "",
		"etc/rc3.d/S20xend":  "",
		"etc/init.d/hide":    hide,
		"etc/debian_version": "5.0\n",
	})
}

// What an LSB script says of itself.
func ExampleParseScript() {
	script, err := initscript.ParseScript(hide)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(script.Value("Short-Description"))
	fmt.Println("after", script.Words("Required-Start"), "in runlevels", script.Words("Default-Start"))
	// Output:
	// Hide PCI devices
	// after [$local_fs] in runlevels [2 3]
}

// The links by which an LSB script starts before another one: init goes by their
// names.
func ExampleRunlevelLinksFor() {
	root, remove := sysv() // "/" is this machine
	defer remove()
	script, err := initscript.ParseScript(hide)
	if err != nil {
		log.Fatal(err)
	}
	links, err := initscript.RunlevelLinksFor(root, "hide", script)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range links {
		fmt.Println(l.Path, "->", l.Target)
	}
	// Output:
	// /etc/rc2.d/S20hide -> ../init.d/hide
	// /etc/rc3.d/S20hide -> ../init.d/hide
}

// How a file that is installed gets to run at boot, and how that is undone.
func ExampleEnable() {
	root, remove := installed(map[string]string{"run/systemd/system/x": "", "etc/systemd/system/x": ""})
	defer remove()
	unit := initscript.File{Path: "/etc/systemd/system/hide.service", Mode: 0o644,
		Text: "[Unit]\nBefore=xendomains.service\n[Service]\nExecStart=/usr/sbin/hide\n[Install]\nWantedBy=multi-user.target\n"}
	init := initscript.Detect(root)
	plan, err := initscript.Enable(root, init, []initscript.File{unit}, init.Running)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(init.Kind)
	for _, l := range plan.Links {
		fmt.Println("link", l.Path, "->", l.Target)
	}
	for _, program := range plan.Run {
		fmt.Println("run", strings.Join(program, " "))
	}
	// Output:
	// systemd
	// link /etc/systemd/system/multi-user.target.wants/hide.service -> /etc/systemd/system/hide.service
	// run systemctl daemon-reload
}

// The runlevel links that are there.
func ExampleRunlevelLinks() {
	root, remove := sysv()
	defer remove()
	for _, l := range initscript.RunlevelLinks(root) {
		fmt.Printf("runlevel %s starts %s at %d\n", l.Level, l.Name, l.Number)
	}
	// Output:
	// runlevel 2 starts xend at 20
	// runlevel 3 starts xend at 20
}

func ExampleServices() {
	root, remove := sysv()
	defer remove()
	for _, s := range initscript.Services(root, initscript.Detect(root), "hide", "xend") {
		fmt.Println(s.Name, s.File, s.Starts)
	}
	fmt.Println("boots into", initscript.DefaultTarget(root, initscript.Detect(root)))
	// Output:
	// xend /etc/init.d/xend [2 3]
	// hide /etc/init.d/hide []
	// boots into 2
}
