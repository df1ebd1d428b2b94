package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// schemaDir has a JSON Schema for each document.
var schemaDir = filepath.Join("..", "..", "docs", "schema")

// schemaFile is the file of a verb's schema; "xenpci.json" where the call named no verb.
func schemaFile(verb string) string {
	if verb == "" {
		verb = "xenpci"
	}
	return strings.ReplaceAll(verb, " ", "-") + ".json"
}

// results are the results of the verbs' documents.
var results = map[string]reflect.Type{
	"list":             reflect.TypeFor[passthrough.Described](),
	"show":             reflect.TypeFor[passthrough.Described](),
	"check":            reflect.TypeFor[passthrough.Described](),
	"status":           reflect.TypeFor[passthrough.Status](),
	"hide":             reflect.TypeFor[passthrough.Moved](),
	"unhide":           reflect.TypeFor[passthrough.Moved](),
	"apply":            reflect.TypeFor[passthrough.Applied](),
	"hook pre-xend":    reflect.TypeFor[passthrough.Applied](),
	"hook image":       reflect.TypeFor[passthrough.ImageList](),
	"hook trial":       reflect.TypeFor[passthrough.HostTrial](),
	"boot":             reflect.TypeFor[passthrough.Boot](),
	"boot enable":      reflect.TypeFor[passthrough.BootChange](),
	"boot refresh":     reflect.TypeFor[passthrough.BootChange](),
	"boot disable":     reflect.TypeFor[passthrough.BootChange](),
	"verify":           reflect.TypeFor[passthrough.Verification](),
	"import":           reflect.TypeFor[passthrough.Imported](),
	"snapshot":         reflect.TypeFor[snapshotResult](),
	"host":             reflect.TypeFor[passthrough.HostBoot](),
	"host options":     reflect.TypeFor[passthrough.HostOptions](),
	"host check":       reflect.TypeFor[passthrough.HostCheck](),
	"host console":     reflect.TypeFor[passthrough.HostConsole](),
	"host set":         reflect.TypeFor[passthrough.HostWordsChange](),
	"host unset":       reflect.TypeFor[passthrough.HostWordsChange](),
	"host try":         reflect.TypeFor[passthrough.HostTry](),
	"host confirm":     reflect.TypeFor[passthrough.HostConfirm](),
	"host undo":        reflect.TypeFor[passthrough.HostUndo](),
	"host dmesg":       reflect.TypeFor[xenLog](),
	"host info":        reflect.TypeFor[passthrough.XenInfo](),
	"host services":    reflect.TypeFor[passthrough.HostServices](),
	"initramfs list":   reflect.TypeFor[passthrough.Initramfs](),
	"initramfs cat":    reflect.TypeFor[initramfsContent](),
	"version":          reflect.TypeFor[passthrough.Build](),
	"initramfs add":    reflect.TypeFor[passthrough.InitramfsChange](),
	"initramfs remove": reflect.TypeFor[passthrough.InitramfsChange](),
	"initramfs verify": reflect.TypeFor[passthrough.InitramfsVerification](),
	"daemon enable":    reflect.TypeFor[passthrough.DaemonChange](),
	"daemon disable":   reflect.TypeFor[passthrough.DaemonChange](),
	"daemon status":    reflect.TypeFor[passthrough.DaemonStatus](),
	"daemon reload":    reflect.TypeFor[reloaded](),
}

// withoutDocument are the verbs that print no document but in an error.
var withoutDocument = []string{"", "hook", "initramfs", "daemon", "events", "call", "completion"}

// TestSchemas holds each schema to the Go types: make schema.
func TestSchemas(t *testing.T) {
	t.Parallel()
	want := map[string]schema{}
	for verb, result := range results {
		want[schemaFile(verb)] = documentSchema(t, verb, result)
	}
	for _, verb := range withoutDocument {
		s := documentSchema(t, verb, reflect.TypeFor[struct{}]())
		delete(s["properties"].(schema), "result")
		s["title"] = "what 'xenpci " + verb + " --json' prints of an error"
		want[schemaFile(verb)] = s
	}
	m := maker{t: t, defs: schema{}, packages: map[string]*packageText{}}
	want["events-line.json"] = m.whole("a line of 'xenpci events --json'", m.object(reflect.TypeFor[passthrough.DaemonNews]()))
	m = maker{t: t, defs: schema{}, packages: map[string]*packageText{}}
	want["host-dmesg-line.json"] = m.whole("a line of 'xenpci host dmesg --follow --json'", m.object(reflect.TypeFor[passthrough.XenLogLine]()))
	for name, s := range want {
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
		file := filepath.Join(schemaDir, name)
		if *update {
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if diff := gocmp.Diff(string(text), string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v; run 'make schema'\n%s", name, err, diff)
		}
	}
	there, err := filepath.Glob(filepath.Join(schemaDir, "*.json"))
	if err != nil || len(there) != len(want) {
		t.Errorf("%d schemas for %d documents: %v", len(there), len(want), err)
	}
}

// TestEveryVerbHasASchema looks at the verbs that there are.
func TestEveryVerbHasASchema(t *testing.T) {
	t.Parallel()
	root := newRootCmd(&app{Env: Env{DefaultRoot: "/"}})
	for _, cmd := range commands(root) {
		verb := strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), root.Name()))
		if _, found := results[verb]; found == slices.Contains(withoutDocument, verb) {
			t.Errorf("%q: what it prints with --json is not known here", verb)
		}
	}
}
