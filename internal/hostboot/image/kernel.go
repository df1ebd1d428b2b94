package image

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// ErrKernel is that a file is no kernel for 64-bit x86 that can be read: it has another format,
// or no table of parameters was found in it.
var ErrKernel = errors.New("no table of the kernel's parameters was found in it")

// maxKernel bounds an unpacked kernel, in bytes. Debian 13's has 70 MB.
const maxKernel = 192 << 20

// Source is where in a kernel a parameter is declared.
type Source string

// The sources, as Linux names their macros (include/linux/init.h, moduleparam.h).
const (
	Setup Source = "setup" // __setup(): the word begins with the name, which may end in "="
	Early Source = "early" // early_param()
	Param Source = "param" // module_param() and core_param() of what is built in
)

// Parameter is a word that a kernel takes on its command line.
type Parameter struct {
	Name   string // "quiet", "console", "printk.time"
	Source Source
	Value  bool // a "=" follows the name; not known of Early and Param
}

// Kernel are the parameters that a kernel takes by itself, without those of loadable modules.
type Kernel struct {
	Parameters []Parameter // sorted by name, each once by source
}

// Finds returns the first parameter that a word of the command line sets; '-' and '_' are the
// same, as in kernel/params.c.
func (k Kernel) Finds(word string) (Parameter, bool) {
	key, _, _ := strings.Cut(word, "=")
	word, key = dashes(word), dashes(key)
	i := slices.IndexFunc(k.Parameters, func(p Parameter) bool {
		name := dashes(p.Name)
		if p.Source != Setup {
			return key == name
		}
		if p.Value {
			name += "="
		}
		return strings.HasPrefix(word, name)
	})
	if i < 0 {
		return Parameter{}, false
	}
	return k.Parameters[i], true
}

func dashes(name string) string { return strings.ReplaceAll(name, "-", "_") }

// ReadKernel reads the parameters of a bzImage or of an unpacked vmlinux. The error is or wraps
// ErrKernel, or is that of reading the file or of decompressing it.
func ReadKernel(ctx context.Context, f sysfs.FS, name string) (Kernel, error) {
	data, unmap, err := f.Map(name, maxImage)
	if err != nil {
		return Kernel{}, err
	}
	defer unmap()
	elf, err := vmlinux(ctx, data)
	if err == nil {
		var k Kernel
		if k, err = readKernel(elf); err == nil {
			return k, nil
		}
	}
	return Kernel{}, fmt.Errorf("%s: %w", name, err)
}

// vmlinux returns the kernel proper of a bzImage (Documentation/arch/x86/boot.rst).
func vmlinux(ctx context.Context, data []byte) ([]byte, error) {
	const magicAt, setupAt, offsetAt, sector, usual = 0x202, 0x1f1, 0x248, 512, 4
	if bytes.HasPrefix(data, []byte("\x7fELF")) {
		return data, nil
	}
	payload := data
	if len(data) > offsetAt+8 && string(data[magicAt:magicAt+4]) == "HdrS" {
		setup := uint64(data[setupAt])
		if setup == 0 {
			setup = usual
		}
		le := binary.LittleEndian
		payload = part(data, (setup+1)*sector+uint64(le.Uint32(data[offsetAt:])), uint64(le.Uint32(data[offsetAt+4:])))
	} else if !bytes.HasPrefix(data, packedMark) { // Xen's kernels of Linux 2.6.18 are a vmlinux.gz
		return nil, ErrKernel
	}
	const sizeLen = 4 // the size of the kernel follows; in gzip it is a part of the stream
	size := uint64(0)
	if len(payload) > sizeLen {
		size = uint64(binary.LittleEndian.Uint32(payload[len(payload)-sizeLen:]))
		if !bytes.HasPrefix(payload, packedMark) {
			payload = payload[:len(payload)-sizeLen]
		}
	}
	return unpackAll(ctx, payload, size, maxKernel)
}

// unpackAll decompresses at most limit bytes. size is how many there probably are.
func unpackAll(ctx context.Context, packed []byte, size, limit uint64) ([]byte, error) {
	r, err := initramfs.Unpack(ctx, bytes.NewReader(packed))
	if errors.Is(err, initramfs.ErrMethod) {
		return nil, ErrKernel
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	const ratio = 64 // nothing compresses better that is no attack on memory
	var out bytes.Buffer
	out.Grow(int(min(size, limit, uint64(len(packed))*ratio)) + bytes.MinRead)
	switch n, err := io.Copy(&out, io.LimitReader(r, int64(limit)+1)); {
	case err != nil:
		return nil, err
	case uint64(n) > limit:
		return nil, fmt.Errorf("%w: unpacked it has more than %d MiB", ErrKernel, limit>>20)
	}
	return out.Bytes(), nil
}

// readKernel reads the parameters of a vmlinux.
func readKernel(elf []byte) (Kernel, error) {
	if !bytes.HasPrefix(elf, []byte("\x7fELF\x02\x01")) {
		return Kernel{}, ErrKernel
	}
	m := memory{segments: elf64(elf), kind: linked}
	found := m.setups()
	if len(found) <= fewest {
		return Kernel{}, ErrKernel
	}
	found = append(found, m.params(section(elf, "__param"))...)
	slices.SortFunc(found, func(a, b Parameter) int {
		return strings.Compare(a.Name+"\x00"+string(a.Source), b.Name+"\x00"+string(b.Source))
	})
	return Kernel{slices.Compact(found)}, nil
}

const (
	setupSize  = 24 // struct obs_kernel_param: the name, a function, whether it is early
	paramSize  = 40 // struct kernel_param since Linux 4.7
	mostSetups = 4096
	mostParams = 16384
)

// setups returns the table of __setup() and early_param(), which is found by a word that every
// kernel takes.
func (m *memory) setups() (best []Parameter) {
	wanted := []byte("\x00console=\x00")
	for _, s := range m.segments {
		at := 0
		for range mostPlaces {
			i := bytes.Index(s.content[at:], wanted)
			if i < 0 {
				break
			}
			at += i + 1
			if found := m.setupsAround(s.address + uint64(at)); len(found) > len(best) {
				best = found
			}
		}
	}
	return best
}

// setupsAround looks for pointers to a name, and returns the longest run of entries that one of
// them is in.
func (m *memory) setupsAround(name uint64) (best []Parameter) {
	pointer := binary.LittleEndian.AppendUint64(nil, name)
	tried := 0
	for _, s := range m.segments {
		for at := 0; tried < mostPlaces; {
			i := bytes.Index(s.content[at:], pointer)
			if i < 0 {
				break
			}
			at += i
			if _, ok := m.setup(s.content, at); ok {
				tried++
				if found := m.setupRun(s.content, at); len(found) > len(best) {
					best = found
				}
			}
			at++
		}
	}
	return best
}

func (m *memory) setupRun(content []byte, at int) (found []Parameter) {
	for range mostSetups {
		if _, ok := m.setup(content, at-setupSize); !ok {
			break
		}
		at -= setupSize
	}
	for range mostSetups {
		p, ok := m.setup(content, at)
		if !ok {
			break
		}
		if p.Name != "" { // Linux 6.12 has one without
			found = append(found, p)
		}
		at += setupSize
	}
	return found
}

// setup reads an entry. ok is false where none is.
func (m *memory) setup(content []byte, at int) (p Parameter, ok bool) {
	if at < 0 || at+setupSize > len(content) {
		return p, false
	}
	e, le := content[at:at+setupSize], binary.LittleEndian
	early := le.Uint32(e[16:])
	if early > 1 || !m.has(le.Uint64(e[8:])) {
		return p, false
	}
	text := m.at(le.Uint64(e))
	name, ok := word(text)
	if !ok && (len(text) == 0 || text[0] != 0) {
		return p, false
	}
	p = Parameter{Name: name, Source: Setup}
	if early == 1 {
		p.Source = Early
	}
	p.Name, p.Value = strings.CutSuffix(name, "=")
	return p, true
}

// params returns the parameters in the section of that name.
func (m *memory) params(section []byte) (found []Parameter) {
	for i := 0; (i+1)*paramSize <= len(section) && i < mostParams; i++ {
		if name, ok := word(m.at(binary.LittleEndian.Uint64(section[i*paramSize:]))); ok {
			found = append(found, Parameter{Name: name, Source: Param})
		}
	}
	return found
}

// word returns the printable text at the beginning of some bytes, up to a NUL.
func word(text []byte) (string, bool) {
	const longest = 80 // bytes
	end := bytes.IndexByte(text[:min(len(text), longest)], 0)
	if end < 1 {
		return "", false
	}
	for _, c := range text[:end] {
		if c <= ' ' || c > '~' {
			return "", false
		}
	}
	return string(text[:end]), true
}

// section returns the content of a section of an ELF file with 64-bit addresses (elf(5)).
func section(elf []byte, name string) []byte {
	const headers, size, count, names, least, header = 40, 58, 60, 62, 64, 64
	if len(elf) < least {
		return nil
	}
	le := binary.LittleEndian
	at, step, n := le.Uint64(elf[headers:]), uint64(le.Uint16(elf[size:])), uint64(le.Uint16(elf[count:]))
	find := func(i uint64) (h []byte, content []byte) {
		h = part(elf, at+i*step, header)
		if len(h) < header {
			return nil, nil
		}
		return h, part(elf, le.Uint64(h[24:]), le.Uint64(h[32:]))
	}
	_, text := find(uint64(le.Uint16(elf[names:])))
	for i := range n {
		h, content := find(i)
		if h == nil {
			return nil
		}
		if is, ok := word(from(text, uint64(le.Uint32(h)))); ok && is == name {
			return content
		}
	}
	return nil
}
