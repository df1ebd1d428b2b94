package passthrough_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// wordsHost is a host whose entries no program makes.
func wordsHost(t *testing.T) (host *passthrough.Host, config string) {
	t.Helper()
	root := t.TempDir()
	config = filepath.Join(root, "boot/grub/grub.cfg")
	must(t, os.MkdirAll(filepath.Dir(config), 0o755))
	must(t, os.WriteFile(config, []byte(wordsConfig), 0o644))
	return open(t, root), config
}

const wordsConfig = "menuentry 'Xen' {\n\tmultiboot2 /boot/xen.gz dom0_mem=1G,max:1G\n\tmodule2 /boot/vmlinuz-6 root=/dev/sda1 ro console=ttyS0\n\tmodule2 /boot/initrd-6\n}\n"

// TestChangeHostWords sets and unsets words in one call, and takes them back.
func TestChangeHostWords(t *testing.T) {
	t.Parallel()
	host, config := wordsHost(t)
	var announced passthrough.HostWordsChange
	got, err := host.Look().ChangeHostWords(t.Context(), passthrough.HostWordsOptions{
		Line: passthrough.HostDom0Line, Set: []string{"console=hvc0", "panic=5"}, Unset: []string{"console=ttyS0"},
	}, func(c passthrough.HostWordsChange) { announced = c })
	must(t, err)
	want := passthrough.HostWordsChange{
		Line: passthrough.HostDom0Line, Added: []string{"console=hvc0", "panic=5"}, Removed: []string{"console=ttyS0"},
		Entries: []passthrough.HostWordsEntry{{Title: "Xen", File: "/boot/grub/grub.cfg", Line: 3, Added: []string{"console=hvc0", "panic=5"}, Removed: []string{"console=ttyS0"}}},
		Files:   []passthrough.FileChange{{Path: "/boot/grub/grub.cfg", LinesAdded: 1, LinesRemoved: 1}}, Commands: []string{}, Elsewhere: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, announced); diff != "" {
		t.Errorf("announced: (-want +got):\n%s", diff)
	}
	_, err = host.Look().ChangeHostWords(t.Context(), passthrough.HostWordsOptions{Line: passthrough.HostDom0Line, Set: []string{"console=ttyS0"}, Unset: []string{"console=hvc0", "panic"}}, nil)
	must(t, err)
	content, err := os.ReadFile(config)
	if err != nil || string(content) != wordsConfig {
		t.Errorf("%s, %v", content, err)
	}
}

// TestChangeHostWordsRefused has a code for each way in which words are refused, and changes
// nothing.
func TestChangeHostWordsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		o    passthrough.HostWordsOptions
		want passthrough.Code
	}{
		{"no line", passthrough.HostWordsOptions{Line: "linux", Set: []string{"a"}}, passthrough.CodeBadOption},
		{"no word", passthrough.HostWordsOptions{Line: passthrough.HostXenLine}, passthrough.CodeBadOption},
		{"a quote", passthrough.HostWordsOptions{Line: passthrough.HostDom0Line, Set: []string{`a="b c"`}}, passthrough.CodeBadOption},
		{"hidden devices", passthrough.HostWordsOptions{Line: passthrough.HostDom0Line, Unset: []string{"xen-pciback.hide"}}, passthrough.CodeBadOption},
		{"a console", passthrough.HostWordsOptions{Line: passthrough.HostDom0Line, Set: []string{"console=hvc0"}}, passthrough.CodeRepeatedOption},
		{"two values", passthrough.HostWordsOptions{Line: passthrough.HostXenLine, Set: []string{"smt=on", "smt=off"}}, passthrough.CodeRepeatedOption},
		{"the wrong line", passthrough.HostWordsOptions{Line: passthrough.HostXenLine, Set: []string{"quiet"}}, passthrough.CodeBadWord},
		{"the wrong line of dom0", passthrough.HostWordsOptions{Line: passthrough.HostDom0Line, Set: []string{"dom0_mem=1G"}}, passthrough.CodeBadWord},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			host, config := wordsHost(t)
			_, err := host.Look().ChangeHostWords(t.Context(), test.o, nil)
			if failed := passthrough.AsError(err); failed == nil || failed.Code != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
			content, err := os.ReadFile(config)
			if err != nil || string(content) != wordsConfig {
				t.Errorf("%s, %v", content, err)
			}
		})
	}
}
