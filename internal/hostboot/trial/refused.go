package trial

import "fmt"

// Why is why a machine cannot try a line, for programs.
type Why string

// The reasons.
const (
	Elsewhere     Why = "elsewhere"      // the files are not those of the running machine
	OtherLoader   Why = "other_loader"   // it is not GRUB 2
	ByHand        Why = "by_hand"        // no program makes grub.cfg
	NotXen        Why = "not_xen"        // the default entry does not boot Xen, or is not known
	OtherEntry    Why = "other_entry"    // the default entry has a form that xenpci does not follow
	NoNextEntry   Why = "no_next_entry"  // grub.cfg does not look for next_entry
	NoEnv         Why = "no_env"         // there is no grubenv that can be used
	Unwritable    Why = "unwritable"     // GRUB cannot write to grubenv, and would boot the trial again and again
	Chosen        Why = "chosen"         // somebody has chosen another entry for the next boot
	NoReboot      Why = "no_reboot"      // Xen or dom0 would not restart after a crash
	OtherImage    Why = "other_image"    // nothing can be added to the initramfs
	NoRoom        Why = "no_room"        // there is no room for another initramfs
	NoHypercalls  Why = "no_hypercalls"  // dom0's kernel does not let the initramfs reach Xen
	NoPciback     Why = "no_pciback"     // dom0's kernel does not have pciback
	BadWord       Why = "bad_word"       // a word that GRUB, Xen or the kernel would not take as it is
	NothingToTry  Why = "nothing"        // the line has the words already
	AlreadyThere  Why = "already_there"  // a trial is prepared, or runs
	NoTrial       Why = "no_trial"       // there is none
	NotRunning    Why = "not_running"    // the machine does not run the trial
	SettingsOther Why = "settings_other" // settings were changed since the trial was prepared
	Damaged       Why = "damaged"        // the record of the trial cannot be read
	DefaultOther  Why = "default_other"  // making grub.cfg again changes the default entry
)

// What to do where there is no trial to confirm, or to undo.
const (
	prepares      = "'xenpci host try' prepares one"
	confirmedGoes = "'xenpci host unset' removes words that were confirmed, and 'xenpci unhide --boot' gives devices back"
)

// RefusedError reports why a trial is not prepared, confirmed or undone.
type RefusedError struct {
	Why          Why
	Text, Remedy string // what is wrong, and what to do; the second may be ""
}

// refused returns a RefusedError.
func refused(why Why, remedy, format string, args ...any) error {
	return &RefusedError{why, fmt.Sprintf(format, args...), remedy}
}

// Error returns the reason and the advice.
func (e *RefusedError) Error() string {
	if e.Remedy == "" {
		return e.Text
	}
	return e.Text + "; " + e.Remedy
}

// Reason returns what is wrong.
func (e *RefusedError) Reason() string { return e.Text }

// Advice returns what to do; "" if nothing is known.
func (e *RefusedError) Advice() string { return e.Remedy }
