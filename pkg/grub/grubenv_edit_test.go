package grub

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// envBlock is a grubenv of 1024 bytes with these lines.
func envBlock(lines string) []byte {
	text := envSignature + lines
	return []byte(text + strings.Repeat("#", 1024-len(text)))
}

func TestSetEnv(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		before, after string
		value         string
	}{
		{"a new one", "", "next_entry=xenpci-trial\n", "xenpci-trial"},
		{"after another", "saved_entry=0\n", "saved_entry=0\nnext_entry=a\n", "a"},
		{"in its place", "next_entry=\nsaved_entry=0\n", "next_entry=abc\nsaved_entry=0\n", "abc"},
		{"after a comment", "# WARNING: Do not edit\n", "# WARNING: Do not edit\nnext_entry=a\n", "a"},
		{"emptied", "next_entry=abc\nsaved_entry=0\n", "next_entry=\nsaved_entry=0\n", ""},
		{"a value with what is escaped", "a=b\\\nnext_entry=c\n", "a=b\\\nnext_entry=c\nnext_entry=x\\\\y\n", `x\y`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := SetEnv(envBlock(test.before), "next_entry", test.value)
			if diff := cmp.Diff(string(envBlock(test.after)), string(got)); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if env, err := ParseEnv(got); err != nil || env["next_entry"] != test.value {
				t.Errorf("%v, %v", env, err)
			}
		})
	}
}

func TestUnsetEnv(t *testing.T) {
	t.Parallel()
	for before, after := range map[string]string{
		"next_entry=a\n": "", "saved_entry=0\nnext_entry=a\nb=c\n": "saved_entry=0\nb=c\n", "saved_entry=0\n": "saved_entry=0\n",
	} {
		got, err := UnsetEnv(envBlock(before), "next_entry")
		if err != nil || !bytes.Equal(got, envBlock(after)) {
			t.Errorf("%q: %q, %v", before, got, err)
		}
	}
}

func TestEditEnvRefuses(t *testing.T) {
	t.Parallel()
	if _, err := SetEnv([]byte("next_entry=a\n"), "next_entry", "b"); err == nil {
		t.Error("what is no grubenv was edited")
	}
	if _, err := SetEnv(envBlock("a="+strings.Repeat("b", 990)+"\n"), "next_entry", "xenpci-trial"); !errors.Is(err, ErrEnvFull) {
		t.Errorf("a full one: %v", err)
	}
}

// FuzzEditEnv sets a variable in any file, and takes it out: what is there of it beside this
// variable stays.
func FuzzEditEnv(f *testing.F) {
	f.Add([]byte("saved_entry=0\nnext_entry=\n####"), "next_entry", "xenpci-trial")
	f.Add([]byte("a=b\\\n\\"), "a", "\n\\")
	f.Fuzz(func(t *testing.T, rest []byte, name, value string) {
		if name == "" || strings.ContainsAny(name, "=\n\\#") || len(rest) > 4096 {
			return
		}
		data := append([]byte(envSignature), rest...)
		set, err := SetEnv(data, name, value)
		if err != nil {
			return
		}
		if len(set) != len(data) {
			t.Fatalf("%d bytes of %d", len(set), len(data))
		}
		before, _ := ParseEnv(data)
		gone, err := UnsetEnv(set, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, had := before[name]; had {
			return
		}
		after, _ := ParseEnv(gone)
		if last := bytes.TrimRight(data, "#"); len(last) > len(envSignature) && last[len(last)-1] == '\n' {
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%q: (-before +after):\n%s", data, diff)
			}
		}
	})
}
