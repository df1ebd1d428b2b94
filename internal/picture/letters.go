package picture

// font is a font of the drawing.
type font struct {
	class string // in the style sheet
	size  int    // in pixels
	mono  bool
	bold  bool
}

// The fonts. Only the family is known; the viewer chooses the actual font.
var (
	fontTitle   = font{class: "title", size: 18, bold: true}
	fontFrame   = font{class: "frame", size: 12, bold: true}
	fontLegend  = font{class: "legend", size: 12}
	fontAddress = font{class: "address", size: 12, mono: true, bold: true}
	fontBehind  = font{class: "behind", size: 11, mono: true}
	fontDriver  = font{class: "driver", size: 11, mono: true}
	fontClass   = font{class: "class", size: 11}
	fontName    = font{class: "name", size: 12}
	fontWord    = font{class: "word", size: 10, bold: true}
	fontGuest   = font{class: "guest", size: 13, bold: true}
)

// height returns the height of a line, in pixels.
func (f font) height() int { return f.size + 4 }

// width returns the maximum width of s, in pixels: its width in DejaVu Sans or Verdana,
// the widest fonts in common use.
func (f font) width(s string) int {
	total := 0
	for _, r := range s {
		total += f.letter(r)
	}
	return (total*f.size + 999) / 1000
}

// cut shortens s to a width in pixels.
func (f font) cut(s string, limit int) string {
	return cut(s, "…", limit*1000/f.size, f.letter)
}

// letter returns the width of a letter, in thousandths of the font's size.
func (f font) letter(r rune) int {
	const mono, bold = 610, 125 // bold letters are wider, in percent
	switch {
	case f.mono:
		return mono * runeColumns(r)
	case f.bold:
		return sans(r) * bold / 100
	default:
		return sans(r)
	}
}

func sans(r rune) int {
	const ellipsis, other = 1050, 1450 // the widest European letter
	switch {
	case r >= ' ' && r <= '~':
		return advances[r-' ']
	case r == '…':
		return ellipsis
	default:
		return other
	}
}

// advances are the widths of the ASCII characters by code: the larger of the widths in
// DejaVu Sans and Verdana.
var advances = [...]int{
	352, 401, 460, 838, 637, 1076, 780, 275, 454, 454, 636, 838, 364, 454, 364, 454,
	637, 637, 637, 637, 637, 637, 637, 637, 637, 637, 454, 454, 838, 838, 838, 545,
	1000, 685, 687, 699, 771, 632, 576, 775, 752, 421, 455, 693, 558, 863, 749, 788,
	604, 788, 695, 684, 616, 732, 685, 989, 686, 615, 686, 454, 454, 454, 838, 636,
	636, 613, 635, 550, 635, 616, 353, 635, 634, 278, 344, 592, 278, 975, 634, 612,
	635, 635, 427, 521, 394, 634, 592, 818, 592, 592, 525, 637, 454, 637, 838,
}
