package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newCompletionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what has a shell complete verbs, devices and flags",
		Long: `completion prints a script for SHELL, bash, zsh or fish, with which the Tab key
completes verbs, flags and devices. It offers the devices that make sense for the verb,
by address and by name, each with what it is: hide those that are free, unhide those
that are hidden. A device that is offered to hide as free may still be refused, since
Tab does not look at everything that 'xenpci check' looks at.

The packages install the scripts. Without one:

  bash: source <(xenpci completion bash), in ~/.bashrc
  zsh:  source <(xenpci completion zsh), in ~/.zshrc, after compinit
  fish: xenpci completion fish > ~/.config/fish/completions/xenpci.fish`,
		Example:   `  source <(xenpci completion bash)`,
		ValidArgs: []cobra.Completion{"bash", "zsh", "fish"},
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)(cmd, args); err != nil {
				return &usageError{fmt.Errorf("completion needs the name of a shell: %s", strings.Join(cmd.ValidArgs, ", "))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "zsh":
				return cmd.Root().GenZshCompletion(raw(a.Out))
			case "fish":
				return cmd.Root().GenFishCompletion(raw(a.Out), true)
			}
			if err := cmd.Root().GenBashCompletionV2(raw(a.Out), true); err != nil {
				return err
			}
			_, err := io.WriteString(raw(a.Out), bashWords)
			return err
		},
	}
}

// bashWords replaces a function of the script for bash that needs the package
// bash-completion. Without it the words are those between blanks: bash itself would
// split an address at its colons.
const bashWords = `
__xenpci_init_completion()
{
    COMPREPLY=()
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref "$@" cur prev words cword
        return
    fi
    local line=${COMP_LINE:0:COMP_POINT}
    read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cword=$((${#words[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
}
`
