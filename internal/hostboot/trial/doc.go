// Package trial has a changed command line boot once, or devices be hidden in one boot. The boot
// loader starts an entry of its own for that, whose initramfs arms a watchdog in Xen. Unless
// somebody confirms the trial in time, the watchdog restarts the machine, and the old entry boots.
// The default entry is not touched before that.
package trial
