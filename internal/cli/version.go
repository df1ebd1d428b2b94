package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newVersionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version, and the commit that it was built from",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.print("version", passthrough.ClassDone, a.Build)
			}
			_, err := fmt.Fprintln(a.Out, "xenpci", a.Build)
			return err
		},
	}
}
