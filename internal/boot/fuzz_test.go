package boot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// FuzzFeatures adds our feature to mkinitfs.conf and removes it: every byte is as it
// was before.
func FuzzFeatures(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		with, err := addFeature(content)
		switch {
		case err != nil:
			return
		case hasFeature(content):
			if !bytes.Equal(with, content) {
				t.Errorf("%q: it was there, and is added: %q", content, with)
			}
			return
		case !hasFeature(with):
			t.Fatalf("%q: %q does not have it", content, with)
		}
		if back := removeFeature(with); !bytes.Equal(back, content) {
			t.Errorf("%q: %q", content, back)
		}
	})
}

// FuzzMenu adds our argument to menu.lst and removes it: every byte is as it was
// before, also where somebody appended lines in between.
func FuzzMenu(f *testing.F) {
	const key, value = pciback.HideKey, "(0000:00:09.0)"
	const added = "\n\ntitle added\nroot (hd0,0)\n"
	f.Fuzz(func(t *testing.T, content []byte) {
		with, err := inPlace(target{}.menuList).withOurs(content, content, key, value)
		if err != nil {
			return
		}
		for _, i := range grub.ParseMenuList(with).Dom0Stanzas() {
			xen, _ := grub.ParseMenuList(with).Stanzas[i].Xen()
			if list, _ := pciback.ReadHideList(xen.Dom0.Arguments, key); list.Effective != value {
				t.Errorf("%q: stanza %d of %q hides %q", content, i, with, list.Effective)
			}
		}
		if back, err := inPlace(target{}.menuList).withoutOurs(with, content, key); err != nil || !bytes.Equal(back, content) {
			t.Errorf("%q: %q, %v", content, back, err)
		}
		// With a list that was there before, its value comes back; how it stood
		// there need not, where it was doubled.
		if bytes.Contains(content, []byte("pciback")) {
			return
		}
		longer := append(bytes.Clone(with), added...)
		back, err := inPlace(target{}.menuList).withoutOurs(longer, content, key)
		if want := string(content) + added; err != nil || string(back) != want {
			t.Errorf("%q, with more: %q, %v", content, back, err)
		}
	})
}

// FuzzMarked marks any text, once.
func FuzzMarked(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		got := marked(text)
		if !brand.Owns(got) || !bytes.Equal(marked(got), got) {
			t.Errorf("%q: %q", text, got)
		}
		if !brand.Owns(text) && !bytes.Equal(bytes.Replace(got, []byte(mark), nil, 1), text) {
			t.Errorf("%q: more than the mark is in %q", text, got)
		}
	})
}

// FuzzClaims reads any record of words: what is accepted is written and read as the same, and every word
// that an entry gets by it is one of the entry or of the record.
func FuzzClaims(f *testing.F) {
	f.Add([]byte(claimsSample), "console=vga smt=off")
	f.Fuzz(func(t *testing.T, content []byte, line string) {
		d, err := parseClaims(content)
		if err != nil || len(d.Files) == 0 {
			return
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseClaims(text); err != nil || !cmp.Equal(d, again, cmp.AllowUnexported(entryClaim{})) {
			t.Errorf("%q: %q, %v", content, text, err)
		}
		now := strings.Fields(line)
		key := func(word string) string {
			option, _, _ := strings.Cut(word, "=")
			return option
		}
		for _, file := range d.Files {
			xen, dom0, _ := d.of(file.File)
			for _, c := range slices.Concat(xen.sorted(), dom0.sorted()) {
				if more := minus(c.base(now, key), slices.Concat(now, c.Removed)); len(more) > 0 {
					t.Errorf("%q, %q: %q", content, line, more)
				}
			}
		}
	})
}

// claimsSample is a record of words.
const claimsSample = `{"version": 1, "files": [{"file": "/boot/grub/grub.cfg",
	"xen": [{"title": "Xen", "added": ["smt=off"], "removed": ["smt=on"]}, {"title": "Xen", "nth": 1}],
	"dom0": [{"title": "Xen", "recovery": true, "added": ["panic=5"]}, {"title": "Xen", "nth": 1, "removed": ["quiet"]}]}]}`

// TestClaimsRefused has records that xenpci does not write.
func TestClaimsRefused(t *testing.T) {
	record := func(words string) string {
		return `{"version": 1, "files": [{"file": "/x", "xen": [{"title": "Xen", "added": [` + words + `]}]}]}`
	}
	for _, test := range []struct{ content, want string }{
		{"", "unexpected end"},
		{`{"version": 2}`, "another version"},
		{record(`"smt=off", ""`), `/x | "Xen" | "" is not a word`},
		{record(`"smt=off\nmodule"`), "is not a word"},
		{record(`"a"` + strings.Repeat(`, "a"`, maxClaimed)), fmt.Sprint("more than ", maxClaimed)},
	} {
		_, err := parseClaims([]byte(test.content))
		if err == nil {
			t.Errorf("%.100q: no error", test.content)
			continue
		}
		hasFacts(t, err.Error(), test.want)
	}
}
