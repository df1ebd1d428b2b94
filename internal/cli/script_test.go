package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/daemon"
	"github.com/xenpci/xenpci/internal/daemon/inventory"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
	"github.com/xenpci/xenpci/test/scratch"
)

// hostVariable names the tree that the command of a story works on.
const hostVariable = "XENPCI_TEST_HOST"

// noRaceSleep keeps a process that was built with -race from waiting a second
// before it exits, as it does by default.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

// TestMain makes this binary the command xenpci in the stories: the whole
// command, with the fake kernel below it.
func TestMain(m *testing.M) {
	inventory.Serve()
	attribute.Serve()
	testscript.Main(m, map[string]func(){
		"xenpci": func() { os.Exit(mainChecked(os.Args[1:])) },
		// The same on one thread: strace counts the calls of each thread by itself.
		"xenpci-one-thread": func() {
			runtime.LockOSThread()
			os.Exit(mainChecked(os.Args[1:]))
		},
		// The same by somebody who may not read every file.
		"xenpci-as-user": func() {
			runtime.LockOSThread()
			if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &make([]unix.CapUserData, 2)[0]); err != nil {
				panic(err)
			}
			os.Exit(mainChecked(os.Args[1:]))
		},
		"xenpcid": func() {
			os.Exit(daemon.Main(fakeContext(os.Getenv(hostVariable)), os.Args[1:], testBuild(), os.Stdout, os.Stderr))
		},
		// The same, with the processes that a real call has.
		"xenpci-processes": func() {
			env := System()
			env.Root = true
			os.Exit(Main(context.Background(), append([]string{"--root", os.Getenv(hostVariable)}, os.Args[1:]...), env))
		},
	})
}

// schemaVariable names the folder of the schemas in a story.
const schemaVariable = "XENPCI_TEST_SCHEMAS"

// statusNoSchema is the exit status of a call whose document is not as its schema has it.
const statusNoSchema = 99

// mainChecked is a real call. A document that it prints is checked against its schema.
func mainChecked(args []string) int {
	env := fakeSystem()
	folder := os.Getenv(schemaVariable)
	if folder == "" || !slices.Contains(args, "--json") || slices.ContainsFunc(args, func(arg string) bool { return arg == "--watch" || arg == "events" }) {
		return Main(fakeContext(os.Getenv(hostVariable)), args, env)
	}
	var printed bytes.Buffer
	env.Out = io.MultiWriter(env.Out, &printed)
	status := Main(fakeContext(os.Getenv(hostVariable)), args, env)
	if !json.Valid(printed.Bytes()) { // the help, or the pictures of list
		return status
	}
	wrong := checkDocument(folder, printed.Bytes())
	for _, text := range wrong {
		fmt.Fprintln(os.Stderr, "schema:", text)
	}
	if len(wrong) > 0 {
		return statusNoSchema
	}
	return status
}

// fakeSystem is a real call, but for the kernel and the caller's uid.
func fakeSystem() Env {
	root := os.Getenv(hostVariable)
	env := System()
	env.Root = os.Getenv("XENPCI_TEST_USER") == ""
	env.DefaultRoot = root
	env.Build = testBuild()
	return env
}

// testBuild is what the programs of the stories say that they were built from.
func testBuild() passthrough.Build {
	return passthrough.Build{Version: passthrough.Version, Commit: "0123456789ab", Date: "2026-11-29T14:34:48Z", Go: "go1.26.0"}
}

// fakeContext has the command act on the fake kernel of a tree.
func fakeContext(root string) context.Context {
	host := fakekernel.Open(root)
	ways := enginetest.Ways(host)
	if _, err := os.Stat(filepath.Join(host.Root, generates)); err == nil {
		ways = generating(ways)
	}
	return engine.WithWays(context.Background(), ways)
}

func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		WorkdirRoot:         scratch.Dir(t), // who gives one removes what is in it
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Defer(func() { _ = os.RemoveAll(env.WorkDir) })
			env.Vars = append(env.Vars, noRaceSleep)
			env.Setenv(hostVariable, filepath.Join(env.WorkDir, "host"))
			schemas, err := filepath.Abs(schemaDir)
			if err != nil {
				return err
			}
			env.Setenv(schemaVariable, schemas)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"host":      unpackHost,
			"unpack":    unpackFile,
			"variant":   changeKernel,
			"tree":      compareTree,
			"kernel":    writeAttribute,
			"config":    writeConfig,
			"modprobe":  loadModule,
			"status":    expectStatus,
			"driver":    expectDriver,
			"requests":  requestInterrupt,
			"node":      expectNode,
			"xenstored": func(ts *testscript.TestScript, _ bool, args []string) { startXenstored(t, ts, args) },
			"guest":     startGuest,
			"pipe":      makePipe,
			"answers":   waitForDaemon,
		},
	})
}

// host NAME unpacks testdata/sysfs/NAME.txtar as the story's machine.
func unpackHost(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "sysfs", args[0]+".txtar"))
	ts.Check(err)
	a, err := archive.Parse(text)
	ts.Check(err)
	root := ts.Getenv(hostVariable)
	ts.Check(os.Mkdir(root, 0o755))
	ts.Check(archive.Unpack(a, root))
}

// unpack FILE DIR unpacks an archive of the story's own.
func unpackFile(ts *testscript.TestScript, _ bool, args []string) {
	a, err := archive.Parse([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	dir := ts.MkAbs(args[1])
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Check(archive.Unpack(a, dir))
}

// variant built-in [PARAMETER...] makes pciback a part of the kernel; variant idle makes it
// a part that did not start; variant left-out makes a kernel without it; variant pvh makes it that
// of a PVH dom0.
func changeKernel(ts *testscript.TestScript, _ bool, args []string) {
	host := fakekernel.Open(ts.Getenv(hostVariable))
	switch args[0] {
	case "built-in":
		ts.Check(host.BuildIn(args[1:]...))
	case "idle":
		ts.Check(host.BuildInIdle())
	case "left-out":
		ts.Check(host.LeaveOut())
	case "pvh":
		ts.Check(host.BecomePVH())
	default:
		ts.Fatalf("variant %s: built-in, idle, left-out or pvh", args[0])
	}
}

// tree FILE lists the machine's every file, with its mode and content, in FILE:
// two of them are compared with cmp.
func compareTree(ts *testscript.TestScript, _ bool, args []string) {
	root := ts.Getenv(hostVariable)
	var list strings.Builder
	ts.Check(filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content := []byte{}
		switch {
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			ts.Check(err)
			content = []byte(target)
		case info.Mode().IsRegular():
			content, err = os.ReadFile(path)
			ts.Check(err)
		}
		fmt.Fprintf(&list, "%s %s %q\n", strings.TrimPrefix(path, root), info.Mode(), content)
		return nil
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(list.String()), 0o600))
}

// config ADDRESS HEX writes the configuration space of a device: the bytes HEX, again and again.
func writeConfig(ts *testscript.TestScript, _ bool, args []string) {
	b, err := hex.DecodeString(args[1])
	ts.Check(err)
	address, err := pci.ParseAddress(args[0])
	ts.Check(err)
	name := filepath.Join(ts.Getenv(hostVariable), "sys/bus/pci/devices", address.String(), "config")
	ts.Check(os.WriteFile(name, bytes.Repeat(b, 256/len(b)), 0o644))
}

// answers waits until the story's xenpcid answers.
func waitForDaemon(ts *testscript.TestScript, _ bool, _ []string) {
	const patience = 20 * time.Second
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		client, err := varlink.Dial(context.Background(), filepath.Join(ts.Getenv(hostVariable), passthrough.DaemonSocket))
		if err == nil {
			client.Close()
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("xenpcid does not answer: %v", err)
		}
	}
}

// kernel FILE VALUE is a raw write, as from a shell.
func writeAttribute(ts *testscript.TestScript, neg bool, args []string) {
	err := fakekernel.Open(ts.Getenv(hostVariable)).Write(args[0], args[1])
	if (err != nil) != neg {
		ts.Fatalf("kernel %v: %v", args, err)
	}
}

// modprobe NAME [PARAMETER...] loads a module past xenpci; modprobe -r NAME unloads it.
func loadModule(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "-r" {
		ts.Check(fakekernel.Open(ts.Getenv(hostVariable)).UnloadModule(args[1]))
		return
	}
	ts.Check(fakekernel.Open(ts.Getenv(hostVariable)).LoadModule(args[0], args[1:]...))
}

// status N COMMAND... runs a command that must end with exactly that status.
func expectStatus(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v: exit status %d, want %d", args[1:], got, want)
	}
}

// driver ADDRESS NAME looks who has a device; "none" is nobody.
func expectDriver(ts *testscript.TestScript, neg bool, args []string) {
	address, err := pci.ParseAddress(args[0])
	ts.Check(err)
	driver, err := pci.Driver(ts.Getenv(hostVariable), address)
	ts.Check(err)
	if driver == "" {
		driver = "none"
	}
	if (driver == args[1]) == neg {
		ts.Fatalf("%s is on %s", args[0], driver)
	}
}

// requests ADDRESS COUNT has a device's driver request its interrupt, as when a network interface
// comes up. dom0 must have counted that many interrupts then.
func requestInterrupt(ts *testscript.TestScript, _ bool, args []string) {
	host := fakekernel.Open(ts.Getenv(hostVariable))
	ts.Check(host.Request(args[0]))
	if got := strconv.Itoa(host.Interrupts(args[0])); got != args[1] {
		ts.Fatalf("%s: %s interrupts, want %s", args[0], got, args[1])
	}
}

// xenstored [PATH=VALUE...] starts a xenstored on the machine, with nodes.
func startXenstored(t *testing.T, ts *testscript.TestScript, args []string) {
	server := xenstoretest.Start(t, ts.Getenv(hostVariable))
	for _, arg := range args {
		path, value, _ := bytes.Cut([]byte(arg), []byte("="))
		server.Set(string(path), string(value))
	}
	ts.Defer(server.Stop)
}

// node PATH [VALUE] looks into xenstore with Xen's own tool or, where that is
// not installed, with our client.
func expectNode(ts *testscript.TestScript, neg bool, args []string) {
	store, err := engine.DialStore(context.Background(), sysfs.New(ts.Getenv(hostVariable)))
	ts.Check(err)
	defer store.Close()
	value, err := store.Read(context.Background(), args[0])
	if neg {
		if err == nil {
			ts.Fatalf("%s is there: %q", args[0], value)
		}
		return
	}
	ts.Check(err)
	if len(args) > 1 && value != args[1] {
		ts.Fatalf("%s is %q, want %q", args[0], value, args[1])
	}
}

// guest ID NAME ADDRESS starts a guest that has a device, as xl does.
func startGuest(ts *testscript.TestScript, _ bool, args []string) {
	root := ts.Getenv(hostVariable)
	id, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	address, err := pci.ParseAddress(args[2])
	ts.Check(err)
	ts.Check(enginetest.Xen{Root: root}.Start(uint16(id)))
	ts.Check(fakekernel.Open(root).Assign(address.String(), int(id)))
	store, err := engine.DialStore(context.Background(), sysfs.New(root))
	ts.Check(err)
	defer store.Close()
	ts.Check(store.Write(context.Background(), "/local/domain/"+args[0]+"/name", args[1]))
	ts.Check(store.Write(context.Background(), pciback.LibxlNode(address)+"/domid", args[0]))
}

// pipe FILE replaces an attribute by a named pipe that nobody reads: a write to
// it waits for ever, as an unbind may.
func makePipe(ts *testscript.TestScript, _ bool, args []string) {
	name := filepath.Join(ts.Getenv(hostVariable), args[0])
	ts.Check(os.Remove(name))
	if out, err := exec.Command("mkfifo", name).CombinedOutput(); err != nil {
		ts.Check(fmt.Errorf("mkfifo: %w: %s", err, out))
	}
}
