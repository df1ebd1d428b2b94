package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/daemon/logging"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// Exit statuses, as those of xenpci.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

const usage = `Usage: xenpcid [--root DIR] [--timeout DURATION] [--syslog] [--ready-fd N]
       xenpcid --version

xenpcid keeps the devices of /etc/xenpci/devices.toml hidden. It stays in the foreground.
SIGHUP has it try again what it left alone; SIGTERM ends it, and changes nothing.

`

// Main runs the daemon with the arguments of a command line until SIGTERM or SIGINT. It
// returns the exit status.
func Main(ctx context.Context, args []string, build passthrough.Build, stdout, stderr io.Writer) int {
	var o Options
	flags := flag.NewFlagSet("xenpcid", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Root, "root", "/", "the `DIR` that stands before /sys, /proc, /etc and /run")
	flags.DurationVar(&o.Timeout, "timeout", passthrough.DefaultTimeout, "how long one write may wait in the kernel")
	readyFD := flags.Int("ready-fd", -1, "a file descriptor that gets a newline after the first look")
	toSyslog := flags.Bool("syslog", false, "log to syslog; without it to the journal where standard error leads there, and else to standard error")
	version := flags.Bool("version", false, "print the version, and the commit that it was built from")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return statusDone
		}
		return statusUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "xenpcid: unexpected argument %q\n", flags.Arg(0))
		return statusUsage
	}
	if *version {
		fmt.Fprintln(stdout, "xenpcid", build)
		return statusDone
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	reload, again := make(chan struct{}, 1), make(chan os.Signal, 1)
	if onTerminal(stderr) { // which has gone then
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGHUP)
		defer stop()
	} else {
		signal.Notify(again, syscall.SIGHUP)
	}
	go func() {
		for range again {
			select {
			case reload <- struct{}{}:
			default:
			}
		}
	}()
	o.Reload, o.Inherited = reload, Inherit()
	o.Log = slog.New(logging.Stream(stderr))
	if file, ok := stderr.(*os.File); ok {
		o.Log = slog.New(logging.Open(file, *toSyslog))
	}
	o.Ready = func() { tellReady(*readyFD) }
	o.Working = processors()
	if err := wakeLate(); err != nil {
		o.Log.Debug("the daemon wakes more often than it need: " + err.Error())
	}
	if err := Run(ctx, o); err != nil {
		fmt.Fprintln(stderr, "xenpcid:", err)
		return statusFailed
	}
	return statusDone
}

// processors returns a function that has Go use all processors while the daemon works, and one
// otherwise: a glance takes a millisecond, and others would only wake more threads for it.
func processors() func(working bool) {
	all := runtime.GOMAXPROCS(1)
	return func(working bool) {
		if working {
			runtime.GOMAXPROCS(all)
		} else {
			runtime.GOMAXPROCS(1)
		}
	}
}

// onTerminal reports whether a stream is a terminal.
func onTerminal(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// tellReady writes a newline to a descriptor, as s6 and OpenRC want it; -1 is none.
func tellReady(fd int) {
	if fd < 0 {
		return
	}
	file := os.NewFile(uintptr(fd), "ready")
	_, _ = file.WriteString("\n")
	file.Close()
}
