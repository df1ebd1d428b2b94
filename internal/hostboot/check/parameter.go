package check

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/initramfs"
)

// Parameters returns which words of dom0's line neither its kernel nor its modules take, as far
// as that can be said: a word without a dot may be for init or for a script of the initramfs, and
// is only reported where it is nearly a word of the kernel. unread is why the kernel itself could
// not be read; nil if it was.
func Parameters(ctx context.Context, next hostboot.Next, k *hostboot.Kernel, unread error) []Finding {
	c := &checker{next: next}
	if unread != nil && next.Kernel.Name != "" {
		reason, advice := unread.Error(), ""
		if errors.Is(unread, image.ErrKernel) {
			reason = image.ErrKernel.Error()
		}
		var missing *initramfs.MissingProgramError
		if errors.As(unread, &missing) {
			reason, advice = missing.Reason(), missing.Advice()
		}
		if errors.Is(unread, fs.ErrPermission) {
			advice = asRoot
		}
		c.add(Finding{Note, KernelUnread, hostboot.Place{File: k.File}, "", "the words that dom0's kernel takes are not known, except those for modules: " + reason, advice})
	}
	words := next.Dom0Line.Own()
	for i, w := range words[:min(len(words), mostWords)] {
		if i == 0 && w.Leading() || strings.HasPrefix(w.Text, "xencons=") {
			continue
		}
		c.parameter(ctx, k, w)
	}
	return c.found
}

// parameter judges a word.
func (c *checker) parameter(ctx context.Context, k *hostboot.Kernel, w hostboot.Word) {
	module, _, _ := strings.Cut(w.Text, ".")
	meaning, near := k.Judge(ctx, w.Text)
	advice := "remove it"
	if near != "" {
		advice = "did you mean " + near + "?"
	}
	switch meaning {
	case hostboot.NoParameter:
		c.word(Error, UnknownParameter, w, module+" has no such parameter in this kernel", advice)
	case hostboot.NoModule:
		c.word(Warning, UnknownParameter, w, "this kernel has no module "+module, advice)
	case hostboot.Misspelt:
		c.word(Warning, UnknownParameter, w, "this kernel does not take it, and nothing is known that does", advice)
	case hostboot.Taken, hostboot.Elsewhere:
	}
}
