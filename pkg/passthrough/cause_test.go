package passthrough

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

var nine = pci.Address{Slot: 9}

// TestErrors makes an *Error of every kind of error that the packages below
// return, and looks at its code, device and class.
func TestErrors(t *testing.T) {
	_, badAddress := pci.ParseAddress("00:09:0")
	write := &sysfs.AttrError{Op: "write", Path: "/sys/bus/pci/drivers/pciback/bind", Value: "0000:00:09.0", Err: syscall.ENODEV}
	move := &pciback.MoveError{Device: nine, Step: pciback.Step{Op: pciback.Bind}, Err: write, Back: pciback.State{Driver: "e1000"}}
	hanging, gone, stranded := *move, *move, *move
	hanging.Hanging, gone.Gone, stranded.BackErr = true, true, syscall.EIO
	for _, test := range []struct {
		name  string
		err   error
		code  Code
		about *pci.Address
		class Class
	}{
		{"an ID that is none", badAddress, CodeBadID, nil, ClassUsage},
		{"no such device", &pciback.NoDeviceError{Device: nine}, CodeNoDevice, &nine, ClassNoDevice},
		{"a file of a device", &pci.DeviceError{Name: "0000:00:09.0", Err: write}, CodeUnreadable, &nine, ClassFailed},
		{"dom0 needs it", &plan.NeededError{Device: nine, Findings: []graph.Finding{{Reason: "/ is on it"}}}, CodeGuard, &nine, ClassRefused},
		{"a guest has it", &plan.InUseError{Device: nine, Guest: pciback.Guest{ID: 3}}, CodeInUse, &nine, ClassRefused},
		{"a guest may have it", &engine.UnknownGuestError{Domain: 3}, CodeGuestsUnknown, nil, ClassRefused},
		{"no pciback", &pciback.ModuleError{}, CodeNoPciback, nil, ClassFailed},
		{"a CardBus bridge", &pciback.CardBusError{Device: nine}, CodeNeverHeld, &nine, ClassRefused},
		{"behind VMD", &pciback.DomainError{Device: nine}, CodeNeverHeld, &nine, ClassRefused},
		{"another run", &engine.LockError{Waited: time.Second}, CodeBusy, nil, ClassFailed},
		{"a move that was interrupted", &pciback.MoveError{Device: nine, Step: pciback.Step{Op: pciback.Unbind}, Err: context.Canceled}, CodeInterrupted, &nine, ClassFailed},
		{"an earlier run's write", &engine.StuckError{Device: nine, Why: "an earlier hide has not finished"}, CodeStuck, &nine, ClassFailed},
		{"interrupted", &engine.NotBegunError{Device: nine, Err: context.Canceled}, CodeInterrupted, &nine, ClassFailed},
		{"moved back", move, CodeMoveFailed, &nine, ClassFailed},
		{"waits in the kernel", &hanging, CodeHanging, &nine, ClassFailed},
		{"vanished", &gone, CodeGone, &nine, ClassFailed},
		{"neither here nor there", &stranded, CodeStranded, &nine, ClassFailed},
		{"neither, after it had moved", &engine.StrandedError{Device: nine, Err: move, BackErr: syscall.EIO}, CodeStranded, &nine, ClassFailed},
		{"a read that waits", &attribute.HangError{Op: "read", Path: "/sys/x"}, CodeHanging, nil, ClassFailed},
		{"the list", config.Problems{{File: config.File, Reason: "this is not TOML"}}, CodeListInvalid, nil, ClassFailed},
		{"declared already", &config.DeclaredError{Device: config.Declared{Device: config.Device{Address: nine}}}, CodeDeclared, &nine, ClassFailed},
		{"not declared", &config.UndeclaredError{Address: nine}, CodeNotDeclared, &nine, ClassFailed},
		{"taken back", &change.TakenBackError{Err: syscall.EIO}, CodeTakenBack, nil, ClassFailed},
		{"an edited file", &change.ChangedError{Path: "/etc/default/grub"}, CodeFileChanged, nil, ClassFailed},
		{"a file of somebody else", &change.ForeignError{Path: "/etc/x"}, CodeForeignFile, nil, ClassFailed},
		{"a program that others can replace", &program.ReplaceableError{Path: "/home/bob/xenpci"}, CodeUnsafeProgram, nil, ClassFailed},
		{"a program that may be gone", &program.TransientError{Path: "/tmp/xenpci"}, CodeUnsafeProgram, nil, ClassFailed},
		{"not allowed", fmt.Errorf("open: %w", syscall.EACCES), CodePermission, nil, ClassFailed},
		{"anything else", errors.New("no"), CodeFailed, nil, ClassFailed},
		{"failed now, of what is done for the next boot", later("declared, but not hidden now", move), CodeNotNow, &nine, ClassLater},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := asError(test.err)
			if got.Code != test.code || got.Class() != test.class || !cmp.Equal(got.Device, test.about) {
				t.Errorf("%s about %v, class %s: %v", got.Code, got.Device, got.Class(), got)
			}
			if got.Reason == "" {
				t.Error("no reason")
			}
			if cause := errors.Unwrap(got); got != test.err && cause.Error() != test.err.Error() {
				t.Errorf("the cause is %v", cause)
			}
		})
	}
}

// TestErrorFields wants of a failed write what the kernel said of which file.
func TestErrorFields(t *testing.T) {
	write := &sysfs.AttrError{Op: "write", Path: "/sys/bus/pci/drivers/pciback/bind", Value: "0000:00:09.0", Err: syscall.ENODEV}
	err := asError(&pciback.MoveError{Device: nine, Step: pciback.Step{Op: pciback.Bind}, Err: write, Back: pciback.State{Driver: "e1000"}})
	got, marshalErr := json.Marshal(err)
	if marshalErr != nil {
		t.Fatal(marshalErr)
	}
	const want = `{"class":"failed","code":"move_failed","device":"0000:00:09.0","step":"bind","path":"/sys/bus/pci/drivers/pciback/bind","errno":"ENODEV",` +
		`"reason":"bind: /sys/bus/pci/drivers/pciback/bind: write \"0000:00:09.0\": no such device (ENODEV); it is bound to e1000 again"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(err, syscall.ENODEV) {
		t.Error("the errno is not in its chain")
	}
}

// TestClassOfSeveral wants what several errors have in common.
func TestClassOfSeveral(t *testing.T) {
	missing, refused := &Error{Code: CodeNoDevice}, &Error{Code: CodeGuard}
	for _, test := range []struct {
		name string
		err  error
		want Class
	}{
		{"none", nil, ClassDone},
		{"one", missing, ClassNoDevice},
		{"two of a kind", errors.Join(missing, missing), ClassNoDevice},
		{"two kinds", errors.Join(missing, refused), ClassFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ClassOf(test.err); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
