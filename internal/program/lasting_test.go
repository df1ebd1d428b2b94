package program

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fault is what is wrong with a program: the kind of the error, and where.
type fault struct{ Kind, Where string }

func faultOf(err error) fault {
	var replaceable *ReplaceableError
	var transient *TransientError
	switch {
	case errors.As(err, &replaceable):
		return fault{"replaceable", replaceable.Where}
	case errors.As(err, &transient):
		return fault{"transient", transient.Why}
	case err != nil:
		return fault{"error", err.Error()}
	}
	return fault{}
}

func TestJudge(t *testing.T) {
	const tmpfs, nfs, ext4, fuse, ninep = 0x01021994, 0x6969, 0xef53, 0x65735546, 0x01021997
	disk := medium{root: true, magic: ext4}
	for name, c := range map[string]struct {
		path   string
		change map[string]place // of those on the way; the others are root's, 0755
		medium medium
		want   fault
	}{
		"installed":                       {"/usr/sbin/xenpci", nil, disk, fault{}},
		"installed below /usr/local":      {"/usr/local/sbin/xenpci", nil, disk, fault{}},
		"on a disk of its own":            {"/usr/local/sbin/xenpci", nil, medium{magic: ext4}, fault{}},
		"/ in memory":                     {"/usr/sbin/xenpci", nil, medium{root: true, magic: tmpfs}, fault{}},
		"somebody's program":              {"/usr/sbin/xenpci", map[string]place{"/usr/sbin/xenpci": {owner: 1000, mode: 0o755}}, disk, fault{"replaceable", "/usr/sbin/xenpci"}},
		"somebody's folder":               {"/home/bob/src/xenpci", map[string]place{"/home/bob": {owner: 1000, mode: fs.ModeDir | 0o700}}, disk, fault{"replaceable", "/home/bob"}},
		"a system user's folder":          {"/opt/app/xenpci", map[string]place{"/opt/app": {owner: 33, mode: fs.ModeDir | 0o755}}, disk, fault{"replaceable", "/opt/app"}},
		"everybody may write the program": {"/usr/sbin/xenpci", map[string]place{"/usr/sbin/xenpci": {mode: 0o757}}, disk, fault{"replaceable", "/usr/sbin/xenpci"}},
		"everybody may write the folder":  {"/srv/xenpci", map[string]place{"/srv": {mode: fs.ModeDir | 0o777}}, disk, fault{"replaceable", "/srv"}},
		"everybody may write to /":        {"/xenpci", map[string]place{"/": {mode: fs.ModeDir | 0o777}}, disk, fault{"replaceable", "/"}},
		"a folder with the sticky bit":    {"/srv/xenpci", map[string]place{"/srv": {mode: fs.ModeDir | fs.ModeSticky | 0o777}}, disk, fault{}},
		"a group may write the program":   {"/usr/sbin/xenpci", map[string]place{"/usr/sbin/xenpci": {group: 50, mode: 0o775}}, disk, fault{"replaceable", "/usr/sbin/xenpci"}},
		"a group may write the folder":    {"/usr/local/sbin/xenpci", map[string]place{"/usr/local": {group: 50, mode: fs.ModeDir | fs.ModeSetgid | 0o775}}, disk, fault{"replaceable", "/usr/local"}},
		"root's group may write":          {"/usr/sbin/xenpci", map[string]place{"/usr/sbin": {mode: fs.ModeDir | 0o775}}, disk, fault{}},
		"a group of others has it":        {"/usr/sbin/xenpci", map[string]place{"/usr/sbin/xenpci": {group: 50, mode: 0o755}}, disk, fault{}},
		"/tmp":                            {"/tmp/xenpci", map[string]place{"/tmp": {mode: fs.ModeDir | fs.ModeSticky | 0o777}}, disk, fault{"transient", "/tmp is emptied at boot"}},
		"below /tmp":                      {"/tmp/build/xenpci", nil, disk, fault{"transient", "/tmp is emptied at boot"}},
		"/run":                            {"/run/xenpci-new", nil, medium{magic: tmpfs}, fault{"transient", "/run is emptied at boot"}},
		"/var/tmp":                        {"/var/tmp/xenpci", nil, disk, fault{"transient", "/var/tmp is emptied at boot"}},
		"/dev/shm":                        {"/dev/shm/xenpci", nil, medium{magic: tmpfs}, fault{"transient", "/dev is emptied at boot"}},
		"/tmpfiles is no /tmp":            {"/tmpfiles/xenpci", nil, disk, fault{}},
		"a tmpfs elsewhere":               {"/opt/xenpci", nil, medium{magic: tmpfs}, fault{"transient", "it is on a tmpfs"}},
		"NFS":                             {"/usr/local/sbin/xenpci", nil, medium{magic: nfs}, fault{"transient", "it is on NFS"}},
		"sshfs":                           {"/opt/xenpci", nil, medium{magic: fuse}, fault{"transient", "it is on FUSE"}},
		"a folder of the virtual machine": {"/opt/xenpci", nil, medium{magic: ninep}, fault{"transient", "it is on 9p"}},
		"a stick":                         {"/opt/xenpci", nil, medium{magic: ext4, removable: true}, fault{"transient", "it is on a disk that can be pulled out"}},
		"/ on a stick":                    {"/usr/sbin/xenpci", nil, medium{root: true, magic: ext4, removable: true}, fault{}},
		"/mnt":                            {"/mnt/xenpci", nil, medium{magic: ext4}, fault{"transient", "something else may be mounted below /mnt"}},
		"/mnt is a folder of /":           {"/mnt/xenpci", nil, disk, fault{}},
	} {
		t.Run(name, func(t *testing.T) {
			var places []place
			for at := c.path; ; at = filepath.Dir(at) {
				p, found := c.change[at]
				if !found {
					p.mode = 0o755
				}
				p.path = at
				places = append(places, p)
				if at == "/" {
					break
				}
			}
			if diff := cmp.Diff(c.want, faultOf(judge(places, c.medium))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestLasting looks at programs of this machine.
func TestLasting(t *testing.T) {
	if err := Lasting("/bin/sh"); err != nil {
		t.Errorf("/bin/sh: %v", err)
	}
	mine := filepath.Join(t.TempDir(), "xenpci")
	if err := os.WriteFile(mine, nil, 0o755); err != nil { //nolint:forbidigo // a test's own file
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(mine, link); err != nil {
		t.Fatal(err)
	}
	// The folder is below /tmp, or belongs to the user who runs the test.
	var replaceable *ReplaceableError
	var transient *TransientError
	if err := Lasting(link); !errors.As(err, &transient) && !errors.As(err, &replaceable) || !strings.Contains(err.Error(), mine) {
		t.Errorf("%s: %v", link, err)
	}
	if err := Lasting("/nowhere/xenpci"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("/nowhere/xenpci: %v", err)
	}
}
