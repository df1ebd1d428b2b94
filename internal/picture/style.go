package picture

// hues is the number of colours for guests, which are used in turn.
const hues = 6

// style is the style sheet. The colours of states and guests can be distinguished with any
// colour vision (Okabe and Ito, "Color Universal Design"); for text they are darker.
const style = `text { font-family: "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; fill: #1f2933; }
.address, .behind, .driver { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
.title { font-size: 18px; font-weight: bold; }
.frame { font-size: 12px; font-weight: bold; fill: #52606d; }
.legend { font-size: 12px; fill: #3e4c59; }
.address { font-size: 12px; font-weight: bold; }
.behind { font-size: 11px; fill: #52606d; }
.driver { font-size: 11px; fill: #3e4c59; }
.class { font-size: 11px; fill: #616e7c; }
.name { font-size: 12px; }
.word { font-size: 10px; font-weight: bold; }
text.guest { font-size: 13px; font-weight: bold; }
.page { fill: #f4f6f8; }
.domain { fill: #ffffff; stroke: #d5dbe1; }
.twig { fill: none; stroke: #a9b4bf; stroke-width: 1.5; }
.box { fill: #ffffff; stroke: #9aa5b1; }
.mark { fill: #9aa5b1; }
.pill { fill: #eef1f4; }
.bus .box { fill: #3e4c59; stroke: #3e4c59; }
.bus .mark { fill: none; }
.bus text { fill: #ffffff; }
.driven .mark { fill: #5f6c7a; }
.idle .box { stroke-dasharray: 4 3; }
.idle .mark { fill: none; }
.idle .pill { fill: none; }
.idle .driver { fill: #616e7c; font-style: italic; }
.bridge .box { fill: #f0f3f6; stroke: #cbd2d9; }
.bridge .mark { fill: #cbd2d9; }
.bridge .pill { fill: #e1e6eb; }
.bridge .name { fill: #52606d; }
.hidden .box { fill: #fff4d9; stroke: #d98e00; stroke-width: 1.5; }
.hidden .mark { fill: #e69f00; }
.hidden .pill { fill: #ffe3a3; }
.hidden .word { fill: #8a5300; }
.assigned .box { fill: #e2f0fa; stroke: #0072b2; stroke-width: 1.5; }
.assigned .mark { fill: #0072b2; }
.assigned .pill { fill: #c3e0f3; }
.assigned .word { fill: #00507d; }
.guest .box { fill: #ffffff; stroke-width: 2; }
.wire { fill: none; stroke-width: 2; }
.hue0 .box, .hue0 .wire { stroke: #0072b2; } .hue0 .mark, .hue0 .end { fill: #0072b2; }
.hue1 .box, .hue1 .wire { stroke: #d55e00; } .hue1 .mark, .hue1 .end { fill: #d55e00; }
.hue2 .box, .hue2 .wire { stroke: #009e73; } .hue2 .mark, .hue2 .end { fill: #009e73; }
.hue3 .box, .hue3 .wire { stroke: #b0528f; } .hue3 .mark, .hue3 .end { fill: #b0528f; }
.hue4 .box, .hue4 .wire { stroke: #5a4a9c; } .hue4 .mark, .hue4 .end { fill: #5a4a9c; }
.hue5 .box, .hue5 .wire { stroke: #7a6a00; } .hue5 .mark, .hue5 .end { fill: #7a6a00; }
`
