// Package trial boots a changed command line once, or hides devices in one boot. The boot loader
// starts an entry of its own for that, whose initramfs arms a watchdog in Xen. Unless
// somebody confirms the trial in time, the watchdog restarts the machine, and the old entry boots.
// The default entry is not touched before that.
package trial
