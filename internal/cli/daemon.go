package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// daemonProgram is the daemon's name.
const daemonProgram = "xenpcid"

func newDaemonCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Keep the declared devices hidden: run xenpcid in the foreground",
		Long: `daemon runs xenpcid, which keeps the declared devices hidden: it hides cards that
are plugged in, VFs that are made later and devices that a driver took, and leaves
alone what somebody gave back. It stays in the foreground until it is interrupted.
'xenpci daemon enable' has the init system run it. docs/daemon.md describes it, and
its settings in /etc/xenpci/daemon.toml.`,
		Example: `  xenpci daemon
  xenpci daemon enable
  xenpci daemon status
  xenpci daemon reload
  xenpci daemon disable`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.execDaemon() },
	}
	cmd.AddCommand(newDaemonEnableCmd(a), newDaemonDisableCmd(a), newDaemonStatusCmd(a), newDaemonReloadCmd(a))
	return cmd
}

// execDaemon becomes the daemon: the one that was installed beside this program, or of
// the usual folders.
func (a *app) execDaemon() error {
	folders := []string{"/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin"}
	if own, err := os.Executable(); err == nil {
		folders = append([]string{filepath.Dir(own)}, folders...)
	}
	args := []string{daemonProgram, "--root", a.root, "--timeout", a.timeout.String()}
	for _, folder := range folders {
		name := filepath.Join(folder, daemonProgram)
		if _, err := os.Stat(name); err != nil {
			continue
		}
		return &passthrough.Error{Code: passthrough.CodeFailed, Path: name, Reason: name + ": " + syscall.Exec(name, args, os.Environ()).Error()}
	}
	return &passthrough.Error{Code: passthrough.CodeNoDaemon, Reason: daemonProgram + " is not installed: it is in none of " + strings.Join(folders, ", ")}
}

func newDaemonStatusCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether xenpcid runs, and the state of the declared devices",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var status passthrough.DaemonStatus
			if err := a.callDaemon(cmd.Context(), "Status", &status); err != nil {
				return err
			}
			if a.json {
				return a.print("daemon status", passthrough.ClassDone, status)
			}
			return printDaemon(a.Out, status)
		},
	}
}

func newDaemonReloadCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Have xenpcid read its settings, and hide again what it left alone",
		Long: `reload has xenpcid read its settings, and try again to hide the declared devices
that it left alone: those that somebody gave back, that were lost again and again,
that dom0 needed, or that could not be hidden. It prints the devices afterwards.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var status passthrough.DaemonStatus
			if err := a.callDaemon(cmd.Context(), "Reload", &status); err != nil {
				return err
			}
			if a.json {
				return a.print("daemon reload", passthrough.ClassDone, reloaded{status.Devices})
			}
			return printDeclared(a.Out, status.Devices)
		},
	}
}

// reloaded is what a document says of the devices after a reload.
type reloaded struct {
	Devices []passthrough.DeclaredDevice `json:"devices"`
}

// callDaemon calls a method without parameters.
func (a *app) callDaemon(ctx context.Context, method string, out any) error {
	client, err := a.dialDaemon(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return daemonError(client.Call(ctx, passthrough.DaemonInterface+"."+method, nil, out))
}

func printDaemon(w io.Writer, s passthrough.DaemonStatus) error {
	fmt.Fprintf(w, "xenpcid %s (process %d) runs since %s: %s\n", s.Version, s.PID, s.Started.Local().Format(time.DateTime), s.Summary)
	if !s.ListGood {
		fmt.Fprintln(w, "a part of the declared list or of the settings cannot be read: see its log, or 'xenpci verify'")
	}
	return printDeclared(w, s.Devices)
}

func printDeclared(w io.Writer, devices []passthrough.DeclaredDevice) error {
	if len(devices) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ADDRESS\tDRIVER\tSTATE\tREMARK")
	for _, d := range devices {
		driver, remark := d.Driver, withAdvice(d.Reason, d.Advice)
		if driver == "" {
			driver = "-"
		}
		if d.Guest != "" {
			remark = d.Guest + " has it"
		}
		fmt.Fprintln(table, strings.TrimRight(strings.Join([]string{d.Device.String(), driver, string(d.State), remark}, "\t"), "\t"))
	}
	return table.Flush()
}
