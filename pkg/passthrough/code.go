package passthrough

// Code says for programs what an error, a finding or a remark is about. It has
// lower-case letters, digits and underscores only.
type Code string

// The codes of errors.
const (
	CodeBadID          Code = "bad_id"          // an ID is not understood
	CodeBadOption      Code = "bad_option"      // an option is not understood, or does not fit the others
	CodeAmbiguous      Code = "ambiguous"       // an ID means several devices and takes only one
	CodeNoDevice       Code = "no_device"       // no such device
	CodeUnreadable     Code = "unreadable"      // something of a device cannot be read
	CodeGuard          Code = "guard"           // dom0 needs the device
	CodeInUse          Code = "in_use"          // a running guest has the device
	CodeGuestsUnknown  Code = "guests_unknown"  // it is not known which guest has which device
	CodeNoPciback      Code = "no_pciback"      // pciback is not there and cannot be loaded
	CodeNeverHeld      Code = "never_held"      // pciback can never hold the device
	CodeBusy           Code = "busy"            // another xenpci is at work
	CodeStuck          Code = "stuck"           // a write of an earlier run still waits in the kernel
	CodeHanging        Code = "hanging"         // a write of this run waits in the kernel
	CodeMoveFailed     Code = "move_failed"     // the device is back where it was
	CodeStranded       Code = "stranded"        // the device is neither where it was nor where it should be
	CodeGone           Code = "gone"            // the device vanished meanwhile
	CodeInterrupted    Code = "interrupted"     // the context ended first
	CodePermission     Code = "permission"      // the caller may not do that
	CodeNotNow         Code = "not_now"         // done for the next boot, and failed now
	CodeDeclared       Code = "declared"        // another declaration is in the way
	CodeNotDeclared    Code = "not_declared"    // no device is declared, or this one is not
	CodeListInvalid    Code = "list_invalid"    // a part of the declared list cannot be read
	CodeNoLayer        Code = "no_layer"        // no boot layer can hide the devices on this machine
	CodeTakenBack      Code = "taken_back"      // a change of the boot layers failed and was taken back
	CodeNotTakenBack   Code = "not_taken_back"  // a change of the boot layers failed, and some of it could not be taken back
	CodeFileChanged    Code = "file_changed"    // another program or person changed a file meanwhile
	CodeUnsafeProgram  Code = "unsafe_program"  // others than root could replace xenpci's program, or it may be gone at the next boot
	CodeForeignFile    Code = "foreign_file"    // a file that xenpci did not write is where one of its own would be
	CodeGivenBack      Code = "given_back"      // somebody gave the device back to dom0 meanwhile
	CodeNoDaemon       Code = "no_daemon"       // xenpcid does not answer
	CodeBadWord        Code = "bad_word"        // the check of the host's boot finds an error in a new word of a command line
	CodeRepeatedOption Code = "repeated_option" // several words of an option are there, and it was not said which are meant
	CodeSharedWord     Code = "shared_word"     // the recovery entries have the word too
	CodeByHand         Code = "by_hand"         // xenpci does not write the command lines of this host

	CodeFailed Code = "failed" // any other failure

	CodeTrialUnsupported Code = "trial_unsupported" // this machine cannot try a line: another boot loader or initramfs, an entry of another form
	CodeTrialUnsafe      Code = "trial_unsafe"      // the machine would not come back by itself
	CodeTrialThere       Code = "trial_there"       // a trial, or somebody's choice of what boots once, is in the way
	CodeTrialStale       Code = "trial_stale"       // settings were changed since the trial was prepared, or grub.cfg is older than they are
	CodeNoTrial          Code = "no_trial"          // there is no trial, or the machine does not run it
)

// The codes of remarks about a device, the list and the boot.
const (
	CodeUnfinished     Code = "unfinished"       // an earlier run did not finish
	CodeNoSlot         Code = "no_slot"          // hidden, and its slot is not registered
	CodeNotHidden      Code = "not_hidden"       // something asks for the device to be hidden, and it is not
	CodeNotFound       Code = "not_found"        // a declared device was not found
	CodeMoved          Code = "moved"            // a declared device has another address now
	CodeDiffers        Code = "differs"          // a declared device differs from its declaration
	CodeLayerMissing   Code = "layer_missing"    // an enabled layer does not have the device
	CodeEntryMissing   Code = "entry_missing"    // an entry of the boot loader does not have the device
	CodeImageStale     Code = "image_stale"      // the initramfs does not have the device as declared
	CodeNextBoot       Code = "next_boot"        // a boot layer is not as it should be
	CodeNotXen         Code = "not_xen"          // Xen is not running
	CodeRecoveryBoot   Code = "recovery_boot"    // this is a recovery boot, which hides nothing
	CodeOldCommandLine Code = "old_command_line" // the running kernel was started without the device
	CodeOtherDriver    Code = "other_driver"     // another driver has the device
	CodeLate           Code = "late"             // another driver had the device first in this boot
	CodeConflict       Code = "conflict"         // a setting that xenpci did not write is about hidden devices too
	CodeNoEffect       Code = "no_effect"        // a setting that xenpci did not write has no effect on a kernel that may boot, or may come too late
	CodeUnknown        Code = "unknown"          // something could not be found out
)

// The codes of warnings and notes about what a verb could not do or find out, although
// it went on. CodeGuestsUnknown can be such a code too.
const (
	CodeQuarantineUnconfirmed Code = "quarantine_unconfirmed" // the device may not be in Xen's quarantine
	CodeReleaseUnconfirmed    Code = "release_unconfirmed"    // the device may still be in Xen's quarantine
	CodeFormerDriverFailed    Code = "former_driver_failed"   // the former driver did not take the device, and another was asked
	CodeProbeFailed           Code = "probe_failed"           // no driver took the device, and the kernel said why
	CodeGaveUp                Code = "gave_up"                // the driver was bound, and let go of the device
	CodeNotSetUp              Code = "not_set_up"             // the driver has the device, and has not set it up in time
	CodeInterruptLater        Code = "interrupt_later"        // Xen can connect the device's interrupt to a PVH dom0 only when a driver has requested it
	CodeInterruptUnconnected  Code = "interrupt_unconnected"  // the device's driver gets no interrupts in a PVH dom0
	CodeNotesRemain           Code = "notes_remain"           // the device is back, but what was noted of it remains
	CodeSlotsUnknown          Code = "slots_unknown"          // an attribute of pciback cannot be read: its slots, or which devices are permissive
	CodeJournalUnreadable     Code = "journal_unreadable"     // what an earlier run left cannot be read
	CodeJournalUnwritten      Code = "journal_unwritten"      // the next run will look at the device again
	CodeEarlierStuck          Code = "earlier_stuck"          // a write of an earlier run still waits in the kernel
	CodeEarlierCompleted      Code = "earlier_completed"      // an earlier run was interrupted and has been completed
	CodeEarlierFailed         Code = "earlier_failed"         // an earlier run was interrupted and cannot be completed
	CodeNotRemembered         Code = "not_remembered"         // what a device was before it was hidden cannot be kept
	CodeCloseFailed           Code = "close_failed"           // the run could not be ended properly
	CodeDaemonEnabled         Code = "daemon_enabled"         // xenpcid stays enabled, and hides the declared devices
	CodeDaemonStopped         Code = "daemon_stopped"         // xenpcid is enabled and does not run
	CodeIntentUnwritten       Code = "intent_unwritten"       // xenpcid may take a device back that was given back, or leave one alone that was hidden
)

// Class is what kind of outcome an error is: what a caller does about it.
type Class string

// The classes.
const (
	ClassDone     Class = "done"      // no error
	ClassFailed   Class = "failed"    // it failed
	ClassUsage    Class = "usage"     // the request is not understood
	ClassRefused  Class = "refused"   // it would cost something that is in use or harm the next boot, or can never be done
	ClassNoDevice Class = "no_device" // no such device
	ClassLater    Class = "later"     // done for the next boot, and not now
	ClassNoDaemon Class = "no_daemon" // xenpcid does not answer
)

// class returns the class of an error with this code.
func (c Code) class() Class {
	switch c {
	case CodeBadID, CodeBadOption, CodeAmbiguous, CodeRepeatedOption, CodeSharedWord:
		return ClassUsage
	case CodeGuard, CodeInUse, CodeGuestsUnknown, CodeUSBCompanions, CodeNeverHeld, CodeBadWord, CodeTrialUnsafe:
		return ClassRefused
	case CodeNoDevice:
		return ClassNoDevice
	case CodeNotNow:
		return ClassLater
	case CodeNoDaemon:
		return ClassNoDaemon
	}
	return ClassFailed
}
