package boot

import (
	"bytes"
	"testing"

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
