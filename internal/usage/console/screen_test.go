package console

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestScreens(t *testing.T) {
	port := graphtest.Address(t, "00:01.0")
	igd, card := graphtest.Address(t, "00:02.0"), graphtest.Address(t, "01:00.0")
	const memory = 0x14220c
	devices := []pci.Device{
		{Address: port, Class: 0x060400, Regions: []pci.Region{{Number: 14, Start: 0xc000_0000, End: 0xdfff_ffff, Flags: 0x200}}},
		{Address: igd, Class: 0x030000, Regions: []pci.Region{{Number: 2, Start: 0xe000_0000, End: 0xefff_ffff, Flags: memory}}},
		{Address: card, Class: 0x030000, Above: []pci.Address{port}, Regions: []pci.Region{{Number: 1, Start: 0xc000_0000, End: 0xcfff_ffff, Flags: memory}}},
	}
	const (
		igdHome  = "../../devices/pci0000:00/0000:00:02.0/"
		cardHome = "../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/"
		boot     = "/sys/bus/pci/devices/0000:00:02.0/boot_vga"
		bootCard = "/sys/bus/pci/devices/0000:01:00.0/boot_vga"

		iomem = `00000000-00000fff : Reserved
00001000-0009ffff : System RAM
c0000000-dfffffff : PCI Bus 0000:01
  c0000000-cfffffff : 0000:01:00.0
    c0000000-c07e8fff : BOOTFB
      c0000000-c07e8fff : simpledrm
e0000000-efffffff : 0000:00:02.0
100000000-43dffffff : System RAM
`
		hiddenIomem = `00000000-00000000 : Reserved
00000000-00000000 : PCI Bus 0000:01
  00000000-00000000 : 0000:01:00.0
    00000000-00000000 : BOOTFB
`
		claimed = "warn: boot_framebuffer BOOTFB"
		hidden  = "warn: display_unknown"
	)
	for _, test := range []struct {
		name  string
		files map[string]string
		want  map[string][]string
	}{
		{"nothing", nil, nil},
		{"a driver of its own", map[string]string{ // Linux 6.1, i915
			boot:                                                     "1\n",
			"/sys/class/vtconsole/vtcon0/name":                       "(S) dummy device\n",
			"/sys/class/vtconsole/vtcon0/bind":                       "0\n",
			"/sys/class/vtconsole/vtcon1/name":                       "(M) frame buffer device\n",
			"/sys/class/vtconsole/vtcon1/bind":                       "1\n",
			"/sys/class/graphics/fbcon":                              graphtest.Link("../../devices/virtual/graphics/fbcon"),
			"/sys/class/graphics/fb0":                                graphtest.Link(igdHome + "graphics/fb0"),
			"/sys/devices/pci0000:00/0000:00:02.0/graphics/fb0/name": "i915drmfb\n",
			"/sys/class/drm/version":                                 "drm 1.1.0 20060810\n",
			"/sys/class/drm/card0":                                   graphtest.Link(igdHome + "drm/card0"),
			"/sys/class/drm/renderD128":                              graphtest.Link(igdHome + "drm/renderD128"),
			"/sys/class/drm/card0-eDP-1/enabled":                     "enabled\n",
			"/sys/class/drm/card0-eDP-1/status":                      "connected\n",
			"/sys/class/drm/card0-HDMI-A-1/enabled":                  "disabled\n",
			"/sys/class/drm/card0-HDMI-A-1/status":                   "disconnected\n",
		}, map[string][]string{"00:02.0": {
			"refuse: the boot display > 0000:00:02.0",
			"refuse: the console (tty0) > fb0 (i915drmfb) > 0000:00:02.0",
			"refuse: the only screen (eDP-1 of card0) > 0000:00:02.0",
		}}},
		{"two cards with a picture each", map[string]string{
			"/sys/class/graphics/fb0":            graphtest.Link(igdHome + "graphics/fb0"),
			"/sys/class/graphics/fb1":            graphtest.Link(cardHome + "graphics/fb1"),
			"/sys/class/drm/card0":               graphtest.Link(igdHome + "drm/card0"),
			"/sys/class/drm/card0-eDP-1/enabled": "enabled\n",
			"/sys/class/drm/card1":               graphtest.Link(cardHome + "drm/card1"),
			"/sys/class/drm/card1-DP-2/enabled":  "enabled\n",
		}, map[string][]string{
			"00:02.0": {
				"warn: the console (tty0) > 2 framebuffers > fb0 > 0000:00:02.0; left: fb1",
				"warn: the picture > 2 screens > eDP-1 of card0 > 0000:00:02.0; left: DP-2 of card1",
			},
			"00:01.0": {
				"warn: the console (tty0) > 2 framebuffers > fb1 > 0000:01:00.0 > 0000:00:01.0; left: fb0",
				"warn: the picture > 2 screens > DP-2 of card1 > 0000:01:00.0 > 0000:00:01.0; left: eDP-1 of card0",
			},
			"01:00.0": {
				"warn: the console (tty0) > 2 framebuffers > fb1 > 0000:01:00.0; left: fb0",
				"warn: the picture > 2 screens > DP-2 of card1 > 0000:01:00.0; left: eDP-1 of card0",
			},
		}},
		{"the firmware's framebuffer", map[string]string{
			"/proc/iomem":             iomem,
			"/sys/class/graphics/fb0": graphtest.Link("../../devices/platform/simple-framebuffer.0/graphics/fb0"),
			"/sys/devices/platform/simple-framebuffer.0/graphics/fb0/name": "simpledrmdrmfb\n",
		}, map[string][]string{
			"00:01.0": {"refuse: the console (tty0) > fb0 (simpledrmdrmfb) > 0000:01:00.0 > 0000:00:01.0"},
			"01:00.0": {"refuse: the console (tty0) > fb0 (simpledrmdrmfb) > 0000:01:00.0", claimed},
		}},
		{"the firmware's framebuffer since Linux 6.9", map[string]string{
			"/proc/iomem":             iomem,
			"/sys/class/graphics/fb0": graphtest.Link(cardHome + "efi-framebuffer.0/graphics/fb0"),
		}, map[string][]string{
			"00:01.0": {"refuse: the console (tty0) > fb0 > 0000:01:00.0 > 0000:00:01.0"},
			"01:00.0": {"refuse: the console (tty0) > fb0 > 0000:01:00.0", claimed},
		}},
		{"a framebuffer that no driver uses", map[string]string{"/proc/iomem": iomem}, map[string][]string{"01:00.0": {claimed}}},
		{"not root", map[string]string{
			"/proc/iomem":             hiddenIomem,
			boot:                      "1\n",
			bootCard:                  "0\n",
			"/sys/class/graphics/fb0": graphtest.Link("../../devices/platform/efi-framebuffer.0/graphics/fb0"),
		}, map[string][]string{
			"00:02.0": {"refuse: the boot display > 0000:00:02.0", "refuse: the console (tty0) > fb0 > 0000:00:02.0", hidden},
			"01:00.0": {hidden},
		}},
		{"in the memory of no card", map[string]string{
			"/sys/class/graphics/fb0": graphtest.Link("../../devices/platform/vesa-framebuffer.0/graphics/fb0"),
		}, map[string][]string{
			"00:01.0": {"warn: display_unknown fb0"},
			"00:02.0": {"warn: display_unknown fb0"},
			"01:00.0": {"warn: display_unknown fb0"},
		}},
		{"VGA text", map[string]string{
			boot: "0\n", bootCard: "1\n",
			"/sys/class/vtconsole/vtcon0/name": "(S) VGA+\n",
			"/sys/class/vtconsole/vtcon0/bind": "1\n",
		}, map[string][]string{
			"00:01.0": {"refuse: the boot display > 0000:01:00.0 > 0000:00:01.0", "refuse: the console (tty0) > VGA text > 0000:01:00.0 > 0000:00:01.0"},
			"01:00.0": {"refuse: the boot display > 0000:01:00.0", "refuse: the console (tty0) > VGA text > 0000:01:00.0"},
		}},
		{"no console", map[string]string{
			boot:                               "1\n",
			"/sys/class/vtconsole/vtcon0/name": "(S) dummy device\n",
			"/sys/class/vtconsole/vtcon0/bind": "1\n",
		}, map[string][]string{"00:02.0": {"refuse: the boot display > 0000:00:02.0"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == nil {
				test.want = map[string][]string{}
			}
			if diff := cmp.Diff(test.want, graphtest.All(look(t, (*scan).screens, devices, test.files), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A boot display that is hidden is not dom0's.
func TestHiddenScreen(t *testing.T) {
	igd := graphtest.Address(t, "00:02.0")
	devices := []pci.Device{{Address: igd, Class: 0x030000, Driver: "pciback"}}
	g := look(t, (*scan).screens, devices, map[string]string{"/sys/bus/pci/devices/0000:00:02.0/boot_vga": "1\n"})
	if found := g.Findings(igd); found != nil {
		t.Errorf("%v; want nothing", found)
	}
}

func FuzzIomem(f *testing.F) {
	for _, text := range []string{
		"e0000000-efffffff : 0000:00:02.0\n  e0000000-e07e8fff : BOOTFB\n", "00000000-00000000 : Reserved\n",
		"ffffffffffffffff-0 : x\n", "1-2:x", "-1-2 : x\n", "0-ffffffffffffffff :  : \n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		claims, hidden := parseIomem(text)
		for _, c := range claims {
			if c.end < c.start || hidden && c.end != 0 {
				t.Errorf("%+v, hidden %v", c, hidden)
			}
		}
	})
}
