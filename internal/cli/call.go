package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newCallCmd(a *app) *cobra.Command {
	more := false
	cmd := &cobra.Command{
		Use:   "call METHOD [JSON]",
		Short: "Call a method of xenpcid, and print its reply as JSON",
		Long: `call calls a method of the daemon's interface over its socket
` + passthrough.DaemonSocket + `, with the parameters in JSON, and prints the parameters
of the reply. A METHOD without a dot is one of ` + passthrough.DaemonInterface + `:
Status, List, Check, Subscribe, Metrics, and for root Reconcile, Reload, Hide, Unhide and
Release. With --more it prints each of several replies on a line of its own.`,
		Example: `  xenpci call List
  xenpci call Check '{"ids": ["00:09.0"]}'
  xenpci call --more Subscribe
  xenpci call org.varlink.service.GetInfo`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return &usageError{fmt.Errorf("call takes a method, and at most one JSON object")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCall(cmd.Context(), a, args, more)
		},
	}
	cmd.Flags().BoolVar(&more, "more", false, "take several replies, until xenpcid or the caller ends it")
	return cmd
}

func runCall(ctx context.Context, a *app, args []string, more bool) error {
	if out, ok := a.Out.(*harmless); ok {
		out.json = true
	}
	method, parameters := args[0], json.RawMessage(nil)
	if !strings.Contains(method, ".") {
		method = passthrough.DaemonInterface + "." + method
	}
	if len(args) == 2 {
		parameters = json.RawMessage(args[1])
		if object := map[string]any{}; json.Unmarshal(parameters, &object) != nil {
			return &usageError{fmt.Errorf("%q is no JSON object", args[1])}
		}
	}
	client, err := a.dialDaemon(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	var in any
	if parameters != nil {
		in = parameters
	}
	if !more {
		var reply json.RawMessage
		if err := client.Call(ctx, method, in, &reply); err != nil {
			return daemonError(err)
		}
		var text bytes.Buffer
		if err := json.Indent(&text, reply, "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.Out, text.String())
		return err
	}
	for reply, err := range client.Stream(ctx, method, in) {
		if err != nil {
			return daemonError(err)
		}
		if _, err := fmt.Fprintf(a.Out, "%s\n", reply); err != nil {
			return err
		}
	}
	return nil
}
