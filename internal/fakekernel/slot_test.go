package fakekernel

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	product "github.com/xenpci/xenpci/pkg/pciback"
)

// The rules of a slot once more, as regular expressions over Latin 1: a number
// may have blanks before it and 0x with nothing behind it, and only around the
// whole are blanks otherwise allowed.
const (
	blanks   = `[ \t\n\v\f\r\x{a0}]*`
	number   = blanks + `(0[xX][0-9a-fA-F]*|[0-9a-fA-F]+)`
	longRule = `^` + blanks + number + `:` + number + `:(?:` + number + `\.(?:` + number + `|\*)|\*\.\*)` + blanks + `$`
	short    = `^` + blanks + number + `:(?:` + number + `\.(?:` + number + `|\*)|\*\.\*)` + blanks + `$`
)

// ruledSlot parses by these rules.
func ruledSlot(s string) (slotRange, bool) {
	s, _, _ = strings.Cut(s, "\x00")
	latin := make([]rune, 0, len(s))
	for i := range len(s) {
		latin = append(latin, rune(s[i]))
	}
	if m := regexp.MustCompile(longRule).FindStringSubmatch(string(latin)); m != nil {
		return slotRange{value(m[1]), value(m[2]), value(m[3]), value(m[4])}, true
	}
	if m := regexp.MustCompile(short).FindStringSubmatch(string(latin)); m != nil {
		return slotRange{0, value(m[1]), value(m[2]), value(m[3])}, true
	}
	return slotRange{}, false
}

// value is the low 32 bits of a number, all for none.
func value(digits string) int32 {
	if digits == "" {
		return all
	}
	digits = strings.TrimPrefix(strings.ToLower(digits), "0x")
	n, err := strconv.ParseUint("0"+digits[max(0, len(digits)-8):], 16, 64)
	if err != nil {
		panic(err) // the rule lets nothing else through
	}
	return int32(uint32(n))
}

func FuzzSlot(f *testing.F) {
	for _, s := range []string{"0000:00:09.0\n", "00:09.*", "00:*.*", "*:*.*", "00:09.0x", " 0x0 : 9.0", "00: 09. 0", "100000000:00:09.0", "00:09.0\x00junk",
		"00:ffffffff.0", "00:09.0\xa0", "1:2:3:4.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseSlot(s)
		want, ok := ruledSlot(s)
		if ok != (err == nil) || got != want {
			t.Fatalf("%q: %v, %v; by the rules %v, %v", s, got, err, want, ok)
		}
		names, err := got.expand()
		if err != nil {
			return
		}
		for _, name := range names {
			if !canonical(name) || !got.covers(name) {
				t.Errorf("%q names %q", s, name)
			}
		}
	})
}

// FuzzHide holds this kernel's reading of hide= to that of package pciback, which was
// written apart from it.
func FuzzHide(f *testing.F) {
	for _, s := range []string{"(00:09.0)(00:04.0)", "(00:09.0) (00:04.0)", "(01:*.*)", "(00:09.0),(00:04.0)", "( 00:09.0 )", "((00:09.0))", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ranges, err := parseHide(s)
		theirs, refused := product.ParseHide(s)
		if len(s) <= product.MaxHide && (err == nil) != (refused == nil) {
			t.Errorf("%q: %v here, %v in pciback", s, err, refused)
		}
		if err != nil {
			return
		}
		for i, r := range ranges {
			names, _ := r.expand()
			if refused == nil && !slices.Contains(names, theirs[i : i+1].Addresses()[0].String()) {
				t.Errorf("%q: group %d is %v here, %s in pciback", s, i, r, theirs[i])
			}
		}
		// Each group alone is a slot that new_slot takes.
		s, _, _ = strings.Cut(s, "\x00")
		groups := strings.Split(strings.TrimRight(s, " \t\n\v\f\r\xa0"), ")")
		if len(ranges) != len(groups)-1 {
			t.Fatalf("%q: %d ranges", s, len(ranges))
		}
		for i, want := range ranges {
			inside := strings.TrimLeft(groups[i], " \t\n\v\f\r\xa0")
			got, err := parseSlot(strings.TrimPrefix(inside, "("))
			if err != nil || got != want {
				t.Errorf("%q in %q: %v, %v, want %v", groups[i], s, got, err, want)
			}
		}
	})
}

func TestHideGrammar(t *testing.T) {
	tests := map[string]error{
		"(00:09.0)(00:04.0)": nil, "(00:09.0) (00:04.0)": nil, "(0000:00:09.0)(0000:00:04.0)": nil, "(00:09.*)": nil, "(01:*.*)": nil, "(00:0A.0)": nil, "": nil,
		"00:09.0": syscall.EINVAL, "(00:09.0": syscall.EINVAL, "(00:09.0),(00:04.0)": syscall.EINVAL, "(00:09.0)x": syscall.EINVAL,
		"( 00:09.0 )": syscall.EINVAL, "((00:09.0))": syscall.EINVAL, "(00:09.0)(garbage)": syscall.EINVAL, "(00:20.0)": syscall.EINVAL,
		"'(00:09.0)(00:04.0)'": syscall.EINVAL,
	}
	for value, want := range tests {
		if _, err := parseHide(value); !errors.Is(err, want) {
			t.Errorf("hide=%s: %v, want %v", value, err, want)
		}
	}
}

func TestExpand(t *testing.T) {
	r := slotRange{0, 0, -1, 7}
	names, err := r.expand()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0000:00:00.7", "0000:00:01.7"}, names[:2]); diff != "" || len(names) != 32 {
		t.Errorf("%d names: %s", len(names), diff)
	}
}

func TestCanonical(t *testing.T) {
	for name, want := range map[string]bool{
		"0000:00:09.0": true, "10000:e1:00.0": true, "ffff:ff:1f.7": true, "0000:00:0A.0": false, "00:09.0": false, "00000:00:09.0": false,
		"0000:00:20.0": false, "0000:00:09.8": false, "0000:00:1b.0:pcie001": false, "0000:00:09.0 ": false, "": false, "pci0000:00": false,
		"0000:00:0x9.0": false, "ffffffff:00:00.0": true,
	} {
		if got := canonical(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
