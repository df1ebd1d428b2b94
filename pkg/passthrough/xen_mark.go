package passthrough

// XenMark is what a line of Xen's log is about, if it is one that an administrator looks
// for.
type XenMark string

// The marks.
const (
	XenMarkUnknownOption XenMark = "unknown_option" // Xen's command line has an option that this Xen does not know
	XenMarkInvalidValue  XenMark = "invalid_value"  // an option has a value that this Xen does not take
	XenMarkBadConsole    XenMark = "bad_console"    // console= has something that this Xen does not know
	XenMarkPanic         XenMark = "panic"          // Xen or dom0 crashed
	XenMarkWarning       XenMark = "warning"        // Xen found something wrong in itself, and went on
	XenMarkIOMMUFault    XenMark = "iommu_fault"    // the IOMMU stopped an access of a device, or reports an error
	XenMarkIOMMU         XenMark = "iommu"          // any other line on the IOMMU or interrupt remapping
)
