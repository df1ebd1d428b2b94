package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostInfoCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Show what the running Xen says about itself",
		Long: `info asks the running Xen, without xl, for its version, its command line, which
kind of domain dom0 is, whether it uses an IOMMU and interrupt remapping, which kinds
of guests it can run, how it was built, and the options that can be changed while it
runs. Behind each line is where it was read:

  xen_version, physinfo  hypercalls
  log                    what Xen printed while it started ('xenpci host dmesg')
  hypfs                  Xen's own file system, where it was built with it
  sysfs                  /sys/hypervisor: the kind of dom0, and the version if Xen cannot
                         be asked

What cannot be read is unknown, with the reason. Xen has interrupt remapping in its log
only, where newer lines take the place of older ones. --json has the configuration as
a whole. With --root there is no running Xen: only the version may be known, and the
exit status is 1, as wherever Xen cannot be asked.`,
		Example: `  xenpci host info
  xenpci host info --json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			i := a.host.Look().XenInfo()
			class := passthrough.ClassDone
			if i.Problem != nil {
				class = i.Problem.Class()
			}
			if a.json {
				return a.print("host info", class, i)
			}
			if i.Problem != nil {
				a.warn(i.Problem.Error())
			}
			if err := printXenInfo(a.Out, i); err != nil {
				return err
			}
			return reported(class)
		},
	}
}

func printXenInfo(w io.Writer, i passthrough.XenInfo) error {
	out := bufio.NewWriter(w) // keeps its error for Flush
	line := func(name, value string, from passthrough.XenSource, unknown string) {
		if unknown != "" {
			value = "unknown: " + printable(unknown, maxSentence)
		} else {
			value = printable(value, maxSentence) + " (" + string(from) + ")"
		}
		fmt.Fprintf(out, "%s: %s\n", name, value)
	}
	line("version", i.Version.Value, i.Version.Source, i.Version.Unknown)
	if i.CommandLine.Unknown != "" {
		line("command line", "", "", i.CommandLine.Unknown)
	} else {
		fmt.Fprintf(out, "command line: (%s)\n", i.CommandLine.Source)
		for _, word := range i.CommandLine.Words() {
			fmt.Fprintf(out, "    %s\n", printable(word, maxSentence))
		}
	}
	line("dom0", passthrough.DomainKind(i.Dom0.Value).String(), i.Dom0.Source, i.Dom0.Unknown)
	for _, s := range []struct {
		name string
		is   passthrough.XenSwitch
	}{
		{"IOMMU", i.IOMMU}, {"interrupt remapping", i.InterruptRemapping}, {"PV guests", i.PV}, {"HVM and PVH guests", i.HVM},
		{"page tables of guests in hardware (HAP)", i.HAP},
	} {
		line(s.name, yesNo(s.is.On), s.is.Source, s.is.Unknown)
	}
	settings := strings.Count(i.Config.Value, "\nCONFIG_")
	if strings.HasPrefix(i.Config.Value, "CONFIG_") {
		settings++
	}
	line("build configuration", fmt.Sprintf("%d settings, shown by --json", settings), i.Config.Source, i.Config.Unknown)
	if i.ParametersUnknown != "" {
		line("options that can be changed now", "", "", i.ParametersUnknown)
	} else {
		fmt.Fprintf(out, "options that can be changed now: (%s)\n", passthrough.XenSourceHypfs)
	}
	for _, p := range i.Parameters {
		fmt.Fprintf(out, "    %s\n", printable(p.Name+"="+p.Value, maxSentence))
	}
	return out.Flush()
}

// yesNo is a switch as a word; "" for one that is not known.
func yesNo(on *bool) string {
	switch {
	case on == nil:
		return ""
	case *on:
		return "yes"
	}
	return "no"
}
