package passthrough

import (
	"errors"
	"syscall"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hypervisor"
)

// XenSource is where something about the running Xen was read.
type XenSource string

// The sources.
const (
	XenSourceVersionCall XenSource = "xen_version" // the hypercall of that name
	XenSourcePhysinfo    XenSource = "physinfo"    // the hypercall sysctl, command physinfo
	XenSourceLog         XenSource = "log"         // what Xen printed while it started
	XenSourceHypfs       XenSource = "hypfs"       // Xen's own file system
	XenSourceSysfs       XenSource = "sysfs"       // what dom0's kernel shows in /sys/hypervisor
)

// XenText is a text about the running Xen.
type XenText struct {
	Value   string    `json:"value,omitempty"`
	Source  XenSource `json:"source,omitempty"`  // absent where it is not known
	Unknown string    `json:"unknown,omitempty"` // why it is not known
}

// XenSwitch is something that the running Xen has or has not.
type XenSwitch struct {
	On      *bool     `json:"on,omitempty"`      // nil where it is not known
	Source  XenSource `json:"source,omitempty"`  // absent where it is not known
	Unknown string    `json:"unknown,omitempty"` // why it is not known
}

// XenParameter is an option that can be changed while Xen runs, as it is now.
type XenParameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// XenInfo is what the running Xen says about itself.
type XenInfo struct {
	Version            XenText        `json:"version"`
	CommandLine        XenText        `json:"command_line"` // see View.XenCommandLine
	Dom0               XenText        `json:"dom0"`         // the kind of dom0, a DomainKind
	IOMMU              XenSwitch      `json:"iommu"`        // Xen uses one
	InterruptRemapping XenSwitch      `json:"interrupt_remapping"`
	HVM                XenSwitch      `json:"hvm"` // guests with hardware virtualization can run: HVM and PVH
	HAP                XenSwitch      `json:"hap"` // page tables of such guests in hardware: EPT, NPT
	PV                 XenSwitch      `json:"pv"`
	Config             XenText        `json:"config"`     // with which Xen was built, a CONFIG_ setting a line
	Parameters         []XenParameter `json:"parameters"` // the options that can be changed while Xen runs, from hypfs
	ParametersUnknown  string         `json:"parameters_unknown,omitempty"`
	Problem            *Error         `json:"problem,omitempty"` // why Xen could not be asked at all
}

// XenInfo asks the running Xen about itself. What it does not tell, or what this caller
// may not ask, is unknown, with the reason. Below another root only what the files of
// the tree have is known.
func (v *View) XenInfo() XenInfo {
	xen, err := hypervisor.OpenRunning(v.fs)
	if err != nil {
		return v.xenInfoWithoutXen(err)
	}
	defer xen.Close()
	var i XenInfo
	version, err := xen.Version()
	i.Version = xenText(version.String(), XenSourceVersionCall, err)
	line, err := v.commandLine.get(xen.CommandLine)
	i.CommandLine = xenText(line, XenSourceVersionCall, err)
	i.Dom0 = v.dom0Text()
	can, err := xen.Capabilities()
	has := func(c hypervisor.Capabilities) XenSwitch { return xenSwitch(can&c != 0, XenSourcePhysinfo, err) }
	i.IOMMU, i.HVM, i.HAP, i.PV = has(hypervisor.IOMMU), has(hypervisor.HVM), has(hypervisor.HAP), has(hypervisor.PV)
	i.InterruptRemapping = interruptRemapping(xen, i.IOMMU)
	config, err := xen.HypfsFile("/buildinfo/config")
	i.Config = xenText(config, XenSourceHypfs, err)
	parameters, err := xen.Parameters()
	if err != nil {
		i.ParametersUnknown = unknownOf(err)
	}
	i.Parameters = []XenParameter{}
	for _, p := range parameters {
		i.Parameters = append(i.Parameters, XenParameter(p))
	}
	return i
}

// xenInfoWithoutXen is what the files have, where Xen cannot be asked.
func (v *View) xenInfoWithoutXen(err error) XenInfo {
	const why = "Xen could not be asked"
	text, off := XenText{Unknown: why}, XenSwitch{Unknown: why}
	i := XenInfo{
		Version: text, CommandLine: text, Dom0: v.dom0Text(), IOMMU: off, InterruptRemapping: off, HVM: off, HAP: off, PV: off, Config: text,
		Parameters: []XenParameter{}, ParametersUnknown: why, Problem: asError(err),
	}
	if version := v.xen().Version; version != "" {
		i.Version = XenText{Value: version, Source: XenSourceSysfs}
	}
	return i
}

// dom0Text is the kind of dom0, which only dom0's kernel tells.
func (v *View) dom0Text() XenText {
	if kind := v.dom0(); kind != "" {
		return XenText{Value: string(kind), Source: XenSourceSysfs}
	}
	return XenText{Unknown: "this kernel does not tell it"}
}

// interruptRemapping is what the log says; without an IOMMU there is none.
func interruptRemapping(xen *hypervisor.Running, iommu XenSwitch) XenSwitch {
	if iommu.On != nil && !*iommu.On {
		return iommu
	}
	found, lost, err := xen.InterruptRemapping()
	switch {
	case err != nil:
		return XenSwitch{Unknown: unknownOf(err)}
	case found != hypervisor.NotFound:
		return xenSwitch(found == hypervisor.Enabled, XenSourceLog, nil)
	case lost:
		return XenSwitch{Unknown: "the beginning of Xen's log is lost, and nothing else has it"}
	}
	return XenSwitch{Unknown: "Xen's log does not have it, and nothing else does"}
}

func xenText(value string, from XenSource, err error) XenText {
	if err != nil {
		return XenText{Unknown: unknownOf(err)}
	}
	return XenText{Value: value, Source: from}
}

func xenSwitch(on bool, from XenSource, err error) XenSwitch {
	if err != nil {
		return XenSwitch{Unknown: unknownOf(err)}
	}
	return XenSwitch{On: &on, Source: from}
}

// unknownOf is why Xen did not tell something.
func unknownOf(err error) string {
	if errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOENT) {
		return "this Xen does not have it: " + err.Error()
	}
	return err.Error()
}

// Words returns the words of a command line of Xen, which divides it at blanks alone.
func (t XenText) Words() []string { return hostboot.SplitXen(t.Value) }
