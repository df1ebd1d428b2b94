package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/test/xen/cpio"
	"github.com/xenpci/xenpci/test/xen/image"
)

// Order is what a booted dom0 is to do.
type Order struct {
	// Files are put into dom0: path there to file here. As bin, sbin and lib
	// are links in dom0, paths begin with usr, or a folder of their own.
	Files       map[string]string
	Archives    []string      // more of the image's archives
	Script      string        // for dom0's sh; its exit status is the result
	NoToolstack bool          // xenstored and xenconsoled are not started
	NoDrivers   bool          // no driver is loaded for any device
	Kernel      string        // more arguments for dom0's kernel
	Deadline    time.Duration // from power on to power off
	Console     string        // file for what Xen and the kernel say
	Input       io.Reader     // the script's standard input; may be nil
}

// ErrNoStatus says that dom0 went down, or was killed, before the script
// ended.
var ErrNoStatus = errors.New("dom0 did not reach the end of its script")

// Boot starts the machine, has dom0 carry out the order, and returns the
// script's exit status. What the script prints goes to out as it comes.
func Boot(ctx context.Context, img image.Image, m Machine, order Order, out io.Writer) (status int, err error) {
	folder, err := os.MkdirTemp("", "xen-boot")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	initramfs := filepath.Join(folder, "initramfs")
	if err := order.pack(img.Initramfs, initramfs); err != nil {
		return 0, err
	}
	if err := m.MakeDisks(folder); err != nil {
		return 0, err
	}
	start, err := m.Firmware.arguments(ctx, img, initramfs, folder, lines{
		xen:    strings.TrimSpace("console=com1 dom0_mem=1536M,max:1536M noreboot=0 " + m.Xen),
		kernel: "console=hvc0 loglevel=6 panic=1 " + order.Kernel,
	})
	if err != nil {
		return 0, err
	}
	monitor := filepath.Join(folder, "monitor")
	return Run(ctx, slices.Concat(m.Arguments(folder), start, []string{
		// QEMU's monitor answers on dom0's fourth serial port.
		"-chardev", "socket,id=monitor,server=on,wait=off,path=" + quoted(monitor), "-mon", "chardev=monitor,mode=control",
		"-chardev", "socket,id=asker,path=" + quoted(monitor), "-device", "isa-serial,chardev=asker,index=3",
	}), order, out)
}

// Run starts QEMU with the arguments, the order's console and input, and
// returns what the order's script, however it got there, ends with. Of the
// order it uses only Deadline, Console and Input.
func Run(ctx context.Context, args []string, order Order, out io.Writer) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, order.Deadline)
	defer cancel()
	command := exec.CommandContext(ctx, "qemu-system-x86_64", append(args,
		"-serial", "file:"+order.Console,
		"-chardev", "stdio,id=answers,signal=off", "-serial", "chardev:answers")...)
	var complaints bytes.Buffer
	command.Stdin, command.Stderr = order.Input, &complaints
	command.WaitDelay = time.Second
	// A machine must not outlive the test that was killed.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	answers, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, fmt.Errorf("QEMU: %w", err)
	}
	status, ended := follow(answers, out)
	err = command.Wait()
	switch {
	case ended:
		return status, nil
	case ctx.Err() != nil:
		return 0, fmt.Errorf("%w within %v; %s", ErrNoStatus, order.Deadline, lastWords(order.Console))
	default:
		return 0, fmt.Errorf("%w: QEMU: %v: %s; %s", ErrNoStatus, err, bytes.TrimSpace(complaints.Bytes()), lastWords(order.Console))
	}
}

// lastWords returns the end of what Xen and the kernel said, a panic with its
// trace: a log that leaves the machine may be all that is left of it.
func lastWords(console string) string {
	const most = 6000 // bytes
	text, err := os.ReadFile(console)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("the end of %s:\n%s", console, text[max(0, len(text)-most):])
}

// pack writes the initramfs of one boot: the image's, and behind it what the
// order brings.
func (o Order) pack(base, target string) error {
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, name := range append([]string{base}, o.Archives...) {
		if err := appendFile(file, name); err != nil {
			return err
		}
	}
	archive := cpio.NewWriter(file)
	for inside, outside := range o.Files {
		content, err := os.ReadFile(outside)
		if err != nil {
			return err
		}
		if err := archive.File(strings.TrimPrefix(inside, "/"), 0o755, content); err != nil {
			return err
		}
	}
	return errors.Join(
		archive.File("etc/lab.conf", 0o644, []byte(o.configuration())),
		archive.File("lab/run", 0o755, []byte(o.Script)),
		archive.Close(),
		file.Close())
}

// appendFile copies the file name to the end of another.
func appendFile(file io.Writer, name string) error {
	source, err := os.Open(name)
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = io.Copy(file, source)
	return err
}

// configuration returns what dom0's init reads.
func (o Order) configuration() string {
	word := map[bool]string{false: "yes", true: "no"}
	return "LAB_TOOLSTACK=" + word[o.NoToolstack] + "\nLAB_COLDPLUG=" + word[o.NoDrivers] + "\n"
}
