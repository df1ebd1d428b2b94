package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/uart"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// xenConsoles adds Xen's own consoles that are PCI functions, by Xen's command lines: serial
// ports on cards and of Intel's AMT, and debug ports of USB controllers. dom0 sees neither the
// console nor the line of the running Xen, so these are the lines of the boot loader's entries.
func (s *scan) xenConsoles(lines []grub.CommandLine) {
	found := map[string]bool{}
	for _, line := range lines {
		for _, port := range xenPorts(line) {
			functions, sure := s.functionsOf(port)
			for _, a := range functions {
				if key := port.name + a.String(); !found[key] {
					found[key] = true
					s.xenConsole(port, a, sure)
				}
			}
		}
	}
}

// xenConsole adds that one function has a console of Xen, or may have it.
func (s *scan) xenConsole(port xenPort, a pci.Address, sure bool) {
	function := s.Function(a)
	switch {
	case function == nil:
	case sure:
		s.Need(graph.Need{
			Code: graph.XenConsole, Severity: graph.Refuse, Subject: "Xen's console " + port.name, On: function,
			Advice: "remove " + port.name + " from console= on Xen's command line and restart first",
		})
	default:
		s.Fact(graph.Finding{
			Device: a, Severity: graph.Warn, Code: graph.XenConsole,
			Reason: fmt.Sprintf("Xen's console %s is on one of several devices, and this may be it", port.name),
			Short:  "Xen's own console may be on it",
		})
	}
}

// xenPort is a port on which Xen has a console (xen/drivers/char).
type xenPort struct {
	name   string       // "com1", "com2", "ehci", "xhci"
	search string       // "pci": the first serial card that is not on bus 0; "amt": also one on bus 0; "" for no search
	base   uint64       // of its registers: a port number or an address; 0 if that is not given
	at     *pci.Address // the function, where it is given
}

// xenPorts returns the ports of the consoles on one command line of Xen. Of several console=
// or com1= the last one takes effect.
func xenPorts(line grub.CommandLine) (ports []xenPort) {
	console, ok := line.Value("console")
	if !ok {
		console = uart.DefaultConsole
	}
	for _, name := range uart.Consoles(console) {
		switch name {
		case "com1", "com2":
			if config, ok := line.Value(name); ok {
				p := uart.Parse(name, config)
				ports = append(ports, xenPort{name: name, search: p.Search, base: p.Base, at: p.At})
			}
		case "dbgp", "ehci", "xhci":
			if config, ok := line.Value("dbgp"); ok {
				ports = append(ports, parseDebug(config))
			}
		}
	}
	return ports
}

// parseDebug reads the value of dbgp=: ehci, ehci1, ehci@pci00:1d.0, and the same of xhci
// (xen/drivers/char/ehci-dbgp.c, xhci-dbc.c).
func parseDebug(config string) xenPort {
	controller, _, _ := strings.Cut(config, ",")
	controller, at, _ := strings.Cut(controller, "@pci")
	return xenPort{name: strings.TrimRight(controller, "0123456789"), at: uart.ParseFunction(at)}
}

// functionsOf returns the functions that a port is on. sure is false if it is on one of them,
// and it is not known on which.
func (s *scan) functionsOf(p xenPort) (functions []pci.Address, sure bool) {
	switch {
	case p.at != nil:
		return []pci.Address{*p.at}, true
	case p.search != "":
		return s.searched(p)
	case p.base != 0:
		for _, d := range s.devices {
			if slices.ContainsFunc(d.Regions, func(r pci.Region) bool { return r.Start <= p.base && p.base <= r.End && r.IO() == (p.base <= 0xffff) }) {
				functions = append(functions, d.Address)
			}
		}
		return functions, true
	}
	controllers := map[string]pci.Class{"ehci": 0x0c0320, "xhci": 0x0c0330}
	for _, d := range s.devices {
		if class, ok := controllers[p.name]; ok && d.Class == class {
			functions = append(functions, d.Address)
		}
	}
	return functions, len(functions) == 1
}

// searched returns what Xen finds by pci or amt (pci_uart_config in ns16550.c): in domain 0, the
// function of a serial class whose port has the number that is wanted. A card may have several
// ports, so only the first is surely known.
func (s *scan) searched(p xenPort) (functions []pci.Address, sure bool) {
	for _, d := range s.devices {
		serial := slices.Contains([]string{"0700", "0702", "0780"}, d.Class.String())
		if serial && d.Address.Domain == 0 && (p.search == "amt" || d.Address.Bus > 0) {
			functions = append(functions, d.Address)
		}
	}
	slices.SortFunc(functions, pci.Address.Compare)
	if p.name == "com1" && len(functions) > 1 {
		functions = functions[:1]
	}
	return functions, len(functions) == 1
}
