package passthrough

import "github.com/xenpci/xenpci/internal/hypervisor"

// XenCommandLine returns the command line of the running Xen, from Xen itself: at most
// 1023 bytes, cut there by Xen. After GRUB 2 it begins with "placeholder", which Xen
// ignores. CodeNotXen says that this machine, or the tree, has no running Xen;
// CodePermission that the caller is not root.
func (v *View) XenCommandLine() (string, error) {
	return v.commandLine.get(func() (string, error) {
		xen, err := hypervisor.OpenRunning(v.fs)
		if err != nil {
			return "", err
		}
		defer xen.Close()
		return xen.CommandLine()
	})
}
