package initramfs

import (
	_ "embed" // they are files of this folder

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// Arm is the script that arms Xen's watchdog in a boot that is a trial (internal/hostboot/trial).
// The initramfs of the trial runs it before anything else.
//
//go:embed trial/arm
var Arm string

//go:embed trial/xenpci-trial.service
var trialUnit string

// TrialUnit returns the unit that keeps Xen's log of a trial. The error is a *brand.ProgramError.
func TrialUnit(program string) (string, error) {
	files, err := brand.WithProgram([]initscript.File{{Text: trialUnit}}, program)
	if err != nil {
		return "", err
	}
	return files[0].Text, nil
}
