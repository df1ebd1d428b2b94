//go:build amd64 || arm64

package attribute

import (
	"errors"
	"math"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// text reads the memory of a page.
func (p *page) text(at, length uintptr) string {
	start := at - address(p.data[:])
	return string(p.data[start : start+length])
}

func TestPageLoad(t *testing.T) {
	line := []request{
		{op: opWrite, path: "/sys/bus/pci/drivers/pciback/bind", value: "0000:00:09.0"},
		{op: opRead, path: "/driver_override"},
		{op: opWrite, path: "", value: ""},
	}
	p := new(page)
	if err := p.load(line); err != nil {
		t.Fatal(err)
	}
	if int(p.count) != len(line) {
		t.Errorf("%d steps", p.count)
	}
	for i, q := range line {
		s := p.steps[i]
		if got := p.text(s.path, uintptr(len(q.path))+1); got != q.path+"\x00" {
			t.Errorf("path %q, want %q", got, q.path)
		}
		length := len(q.value)
		if q.op == opRead {
			length = 4096
		} else if got := p.text(s.data, s.length); got != q.value {
			t.Errorf("value %q, want %q", got, q.value)
		}
		want := step{path: s.path, data: s.data, length: uintptr(length), flags: unix.O_WRONLY | unix.O_CLOEXEC,
			call: unix.SYS_WRITE, least: length, result: math.MinInt}
		if q.op == opRead {
			want.flags, want.call, want.least = unix.O_RDONLY|unix.O_CLOEXEC, unix.SYS_READ, 0
		}
		if diff := cmp.Diff(want, s, cmp.AllowUnexported(step{})); diff != "" {
			t.Error(diff)
		}
		if next := p.steps[i+1]; i+1 < len(line) && next.path != s.data+s.length {
			t.Errorf("step %d begins at %#x, and the one before ends at %#x", i+1, next.path, s.data+s.length)
		}
	}
}

func TestPageLoadRefuses(t *testing.T) {
	huge := request{op: opWrite, path: "/x", value: strings.Repeat("x", 60<<10)}
	for _, test := range []struct {
		name string
		line []request
		want error
	}{
		{"a zero byte in a path", []request{{op: opRead, path: "/x\x00y"}}, syscall.EINVAL},
		{"too many steps", slices.Repeat([]request{{op: opWrite, path: "/x"}}, mostSteps+1), syscall.E2BIG},
		{"a value that does not fit", []request{{op: opWrite, path: "/x", value: strings.Repeat("x", dataSize)}}, syscall.E2BIG},
		{"a path that does not fit", []request{huge, {op: opWrite, path: strings.Repeat("x", 8<<10)}}, syscall.E2BIG},
		{"no room to read", []request{huge, {op: opRead, path: strings.Repeat("x", 3<<10)}}, syscall.E2BIG},
		{"as much as there is room for", []request{{op: opWrite, path: "/x", value: strings.Repeat("x", dataSize-4)}}, nil},
		{"as many as there may be", slices.Repeat([]request{{op: opWrite, path: "/x"}}, mostSteps), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := new(page).load(test.line); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestPageAnswer(t *testing.T) {
	const path = 1 // any address
	for _, test := range []struct {
		name string
		step step
		want answer
	}{
		{"written", step{path: path, call: sysWrite, least: 3, result: 3}, answer{}},
		{"nothing written", step{path: path, call: sysWrite}, answer{}},
		{"read", step{path: path, call: sysRead, result: 5}, answer{value: "(nul"}},
		{"nothing read", step{path: path, call: sysRead}, answer{}},
		{"no such file", step{path: path, descriptor: -int(unix.ENOENT), call: sysRead, result: noResult},
			answer{err: &refusal{"open", unix.ENOENT}}},
		{"read refused", step{path: path, call: sysRead, result: -int(unix.EISDIR)}, answer{err: &refusal{"read", unix.EISDIR}}},
		{"write refused", step{path: path, call: sysWrite, least: 3, result: -int(unix.ENODEV)}, answer{err: &refusal{"write", unix.ENODEV}}},
		{"write of nothing refused", step{path: path, call: sysWrite, result: -int(unix.EINVAL)}, answer{err: &refusal{"write", unix.EINVAL}}},
		{"cut short", step{path: path, call: sysWrite, least: 3, result: 2}, answer{err: &refusal{"write", unix.EIO}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := new(page)
			copy(p.data[:], "(nul\n\x00rest")
			test.step.data = address(p.data[:])
			p.set([]step{test.step})
			if diff := cmp.Diff(test.want, p.answer(0), cmp.AllowUnexported(answer{}, refusal{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFirstLine(t *testing.T) {
	var many []int // apart, so that each is between two ranges
	for i := range mostHeld + 1 {
		many = append(many, 2*i+2)
	}
	type ranges [][2]int
	for _, test := range []struct {
		name  string
		keeps []int
		want  ranges
	}{
		{"a socket", []int{5}, ranges{{0, 4}, {6, math.MaxInt32}}},
		{"in any order", []int{9, 3, 5}, ranges{{0, 2}, {4, 4}, {6, 8}, {10, math.MaxInt32}}},
		{"neighbours", []int{4, 5, 6}, ranges{{0, 3}, {7, math.MaxInt32}}},
		{"the first", []int{0, 1}, ranges{{2, math.MaxInt32}}},
		{"as many as there may be", many, ranges{{0, 1}, {3, 3}, {5, 5}, {7, 7}, {9, 9}, {11, 11},
			{13, 13}, {15, 15}, {17, 17}, {19, math.MaxInt32}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			steps := firstLine(7, test.keeps)
			if s := steps[0]; s.call != sysClose || s.descriptor != 7 {
				t.Errorf("first closes %d by call %d", s.descriptor, s.call)
			}
			if len(steps) > mostSteps {
				t.Errorf("%d steps", len(steps))
			}
			var got ranges
			for _, s := range steps[2:] {
				got = append(got, [2]int{s.descriptor, int(s.data)})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
