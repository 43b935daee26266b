"""The pictures of the handbook: one module per chapter, one function per picture, one language for all.

What a thing looks like, on every page:

| thing | drawn as | by |
|---|---|---|
| input, kernel, output | blue, orange, green; magenta: look here; grey: padding, or what does not matter | `style` |
| rows and columns | cells, H downwards, W to the right | `style.grid` |
| channels of an image | sheets behind each other, channel 0 in front and lowest on the left | `style.tensor` |
| channels of a sequence | rows below each other, time to the right | `data.strip` |
| time | to the right, with an arrow below; frames of a clip stand side by side | `data.clip`, `data.time_arrow` |
| depth | cubes that recede to the right and up, the near face in front | `style.volume` |
| batch | samples below each other, held by a bracket N | `data.batch` |
| a kernel on its input | its cells filled orange, the output cell that they give as well | `sweeps.sweep` |
| stride | a dot on the first tap of each window, or brackets | `sweeps.sweep` |
| layers along time | lines from taps to outputs, bold where they reach the last output | `maps.taps_in_time` |
| values as shades | one colour, from paper to full; two around zero | `maps.heat` |
| memory | one row of cells in the order of their addresses, an arc for the step of each axis | `data.memory` |
| a photograph | as it is, grey or in colour | `style.photo` |
| filters, groups | the colour of the channels that they read | `tensors` |

A picture is at most `data.PHONE` cells wide, so that a telephone of 360 pixels shows its letters 11 pixels high.
What needs more width is put below, not beside.
"""
