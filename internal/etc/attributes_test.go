package etc_test

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/etc"
)

// list is an access control list by which user 1000 may read
// (include/uapi/linux/posix_acl_xattr.h).
func list() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	for _, entry := range []struct {
		tag, perm uint16
		id        uint32
	}{{0x01, 6, 0xffffffff}, {0x02, 4, 1000}, {0x04, 0, 0xffffffff}, {0x10, 4, 0xffffffff}, {0x20, 0, 0xffffffff}} {
		b = binary.LittleEndian.AppendUint16(b, entry.tag)
		b = binary.LittleEndian.AppendUint16(b, entry.perm)
		b = binary.LittleEndian.AppendUint32(b, entry.id)
	}
	return b
}

// TestReplaceKeepsAttributes keeps all that a file has but its content.
func TestReplaceKeepsAttributes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away and label them")
	}
	f := tree(t, "etc/a = old", "etc/plain = old")
	name := f.Path("/etc/a")
	given := map[string]string{
		"security.selinux":        "system_u:object_r:modules_conf_t:s0\x00",
		"trusted.xenpci":          "of root",
		"system.posix_acl_access": string(list()),
	}
	if err := errors.Join(os.Chown(name, 12, 34), os.Chmod(name, 0o640|os.ModeSetgid)); err != nil {
		t.Fatal(err)
	}
	for attribute, value := range given {
		if err := unix.Setxattr(name, attribute, []byte(value), 0); err != nil {
			if errors.Is(err, unix.ENOTSUP) {
				t.Skipf("%s: %v", attribute, err)
			}
			t.Fatal(attribute, err)
		}
	}
	before := stat(t, name)
	if err := etc.Replace(f, "/etc/a", []byte("new"), etc.Options{Mode: 0o777}); err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{name, f.Path(etc.BackupDir + "/etc/a")} {
		after := stat(t, kept)
		if after.Mode != before.Mode || after.Uid != 12 || after.Gid != 34 {
			t.Errorf("%s: %o of %d:%d, was %o of 12:34", kept, after.Mode, after.Uid, after.Gid, before.Mode)
		}
		if diff := cmp.Diff(given, extended(t, kept)); diff != "" {
			t.Errorf("%s: %s", kept, diff)
		}
	}
	if after := stat(t, name); after.Ino == before.Ino {
		t.Error("it was written in place")
	}
}

// TestReplaceBoundsAttributes leaves a file alone that has more of them than
// anybody gives one, where a file system holds so much (tmpfs).
func TestReplaceBoundsAttributes(t *testing.T) {
	f := tree(t, "etc/a = old")
	large := make([]byte, 60<<10)
	for n := range 1<<20/len(large) + 1 {
		if err := unix.Setxattr(f.Path("/etc/a"), "trusted.xenpci"+string(rune('a'+n)), large, 0); err != nil {
			return
		}
	}
	err := etc.Replace(f, "/etc/a", []byte("new"), etc.Options{})
	if content, _, _ := etc.Read(f, "/etc/a"); err == nil || string(content) != "old" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestReplaceWithoutList gives no file a list that it did not have, though its
// folder would.
func TestReplaceWithoutList(t *testing.T) {
	f := tree(t, "etc/a = old")
	err := unix.Setxattr(f.Path("/etc"), "system.posix_acl_default", list(), 0)
	if errors.Is(err, unix.ENOTSUP) {
		t.Skip("this file system has no access control lists")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := etc.Replace(f, "/etc/a", []byte("new"), etc.Options{NoBackup: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{}, extended(t, f.Path("/etc/a"))); diff != "" {
		t.Error(diff)
	}
	if mode := stat(t, f.Path("/etc/a")).Mode; mode != syscall.S_IFREG|0o640 {
		t.Errorf("%o", mode)
	}
}

// extended are the extended attributes of a file.
func extended(t *testing.T, name string) map[string]string {
	t.Helper()
	names := make([]byte, 1<<16)
	n, err := unix.Listxattr(name, names)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, attribute := range cstrings(names[:n]) {
		value := make([]byte, 1<<16)
		n, err := unix.Getxattr(name, attribute, value)
		if err != nil {
			t.Fatal(attribute, err)
		}
		found[attribute] = string(value[:n])
	}
	return found
}

func cstrings(b []byte) (all []string) {
	for start, i := 0, 0; i < len(b); i++ {
		if b[i] == 0 {
			all = append(all, string(b[start:i]))
			start = i + 1
		}
	}
	return all
}
