package watch_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/watch"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// TestChanges makes one change after another, as people and programs make them; each has
// to be told, and what no longer changes must not be.
func TestChanges(t *testing.T) {
	etc := t.TempDir()
	top, below := filepath.Join(etc, "xenpci"), filepath.Join(etc, "xenpci", "devices.d")
	list, dropIn := filepath.Join(top, "devices.toml"), filepath.Join(below, "10.toml")
	w, err := watch.New(top, below)
	must(t, err)
	defer w.Close()
	write := func(name, text string) { must(t, os.WriteFile(name, []byte(text), 0o600)) }
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"the folder comes", func() { must(t, os.Mkdir(top, 0o755)) }},
		{"a file comes", func() { write(list, "1") }},
		{"it is written again", func() { write(list, "2") }},
		{"it is replaced", func() { write(list+".new", "3"); must(t, os.Rename(list+".new", list)) }},
		{"and again", func() { write(list+".new", "4"); must(t, os.Rename(list+".new", list)) }},
		{"sed -i", func() { run(t, "sed", "-i", "s/4/5/", list) }},
		{"the folder below comes with a file", func() { must(t, os.Mkdir(below, 0o755)); write(dropIn, "1") }},
		{"a file below is written", func() { write(dropIn, "2") }},
		{"the folder below goes and comes at once", func() {
			must(t, os.RemoveAll(below))
			must(t, os.Mkdir(below, 0o755))
			write(dropIn, "3")
		}},
		{"a file below is written again", func() { write(dropIn, "4") }},
		{"everything goes and comes at once", func() {
			must(t, os.RemoveAll(top))
			must(t, os.Mkdir(top, 0o755))
			write(list, "6")
		}},
		{"the file is written after that", func() { write(list, "7") }},
		{"the folder is moved away", func() { must(t, os.Rename(top, top+".old")) }},
		{"and back", func() { must(t, os.Rename(top+".old", top)) }},
		{"the file is written after that too", func() { write(list, "8") }},
		{"the file goes", func() { must(t, os.Remove(list)) }},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := w.Next(ctx); err != nil {
				t.Fatal(err)
			}
			silent(t, w)
		})
	}
	t.Run("a file beside the folder", func(t *testing.T) {
		write(filepath.Join(etc, "passwd"), "")
		silent(t, w)
	})
}

// silent fails the test where another change is told.
func silent(t *testing.T, w *watch.Watcher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	if err := w.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("another change was told: %v", err)
	}
}

// TestNeverQuiet has a change told although the files do not come to rest.
func TestNeverQuiet(t *testing.T) {
	top := filepath.Join(t.TempDir(), "xenpci")
	must(t, os.Mkdir(top, 0o755))
	w, err := watch.New(top)
	must(t, err)
	defer w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	writing, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for writing.Err() == nil {
			_ = os.WriteFile(filepath.Join(top, "devices.toml"), nil, 0o600)
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if err := w.Next(ctx); err != nil {
		t.Error(err)
	}
	stop()
	<-ended
}

func TestVim(t *testing.T) {
	vim, err := exec.LookPath("vim.tiny")
	if err != nil {
		t.Skip("vim is not installed (Debian: apt install vim-tiny)")
	}
	top := filepath.Join(t.TempDir(), "xenpci")
	must(t, os.Mkdir(top, 0o755))
	name := filepath.Join(top, "devices.toml")
	must(t, os.WriteFile(name, []byte("1\n"), 0o600))
	w, err := watch.New(top)
	must(t, err)
	defer w.Close()
	run(t, vim, "-u", "NONE", "-es", "-c", "s/1/2/", "-c", "wq", name)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	must(t, w.Next(ctx))
	if text, err := os.ReadFile(name); err != nil || string(text) != "2\n" {
		t.Errorf("when it was told the file had %q: %v", text, err)
	}
}

func TestNothingToWatch(t *testing.T) {
	if w, err := watch.New(filepath.Join(t.TempDir(), "etc", "xenpci")); err == nil {
		w.Close()
		t.Error("a folder is watched in one that is not there")
	}
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
