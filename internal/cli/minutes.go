package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// minutesFlag adds the flag for how long a trial waits.
func minutesFlag(cmd *cobra.Command, minutes *int) {
	*minutes = passthrough.DefaultTrialMinutes
	cmd.Flags().Var((*trialMinutes)(minutes), "minutes", fmt.Sprintf("how long the trial waits for 'xenpci host confirm': `N` from %d to %d", passthrough.MinTrialMinutes, passthrough.MaxTrialMinutes))
}

// trialMinutes is a number of minutes that a trial can wait.
type trialMinutes int

// Set implements pflag.Value.
func (m *trialMinutes) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < passthrough.MinTrialMinutes || n > passthrough.MaxTrialMinutes {
		return fmt.Errorf("a trial waits from %d to %d minutes", passthrough.MinTrialMinutes, passthrough.MaxTrialMinutes)
	}
	*m = trialMinutes(n)
	return nil
}

// String implements pflag.Value.
func (m *trialMinutes) String() string { return strconv.Itoa(int(*m)) }

// Type implements pflag.Value: what the help calls the value.
func (m *trialMinutes) Type() string { return "int" }
