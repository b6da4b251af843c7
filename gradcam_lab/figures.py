"""The lessons' figures: sheets of pictures, maps with their scale, bars. Each carries a description in words.

A figure is shown as a small JPEG (or PNG, where it is only lines) with the description as alternative text,
and again below it: a caption for those who see the figure, its content for those who do not.
"""

import io

import numpy as np
from IPython.display import Markdown, display
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from PIL import Image

from .explain import Explanation

INK, DARK, LIGHT, GREY = "#222222", "#5e3c99", "#e66101", "#8c8c8c"  # violet and orange: apart for any eye
SIGNED = "PuOr_r"  # violet below 0, orange above
DPI = 110


def show(figure, words, lines=False):
    """Show a Figure of matplotlib; `words` says what is seen on it. `lines`: no pictures, so PNG is smaller."""
    file, kind = io.BytesIO(), "png" if lines else "jpeg"
    figure.savefig(file, format="png", dpi=DPI)
    if not lines:
        picture = Image.open(file).convert("RGB")
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=86, optimize=True)
    data = {f"image/{kind}": file.getvalue(), "text/plain": f"[Figure: {words}]"}
    display(data, raw=True, metadata={f"image/{kind}": {"alt": words}})
    display(Markdown(f"*{words}*"))


def sheet(rows, words, above=(), left=(), below=(), cell=1.75, colours="magma", bar=None):
    """A sheet of pictures, each `cell` inches wide. `rows` is a list of rows; a cell is

    a PIL picture;  an Explanation, shown as its overlay;  an array [h, w] of heat from 0 to 1;  or None, left empty.

    `above` titles the columns, `left` the rows, `below` has a text for each cell. `bar` is the label of a colour bar
    of 0 to 1 at the right. All pictures are taken to be square, as the lab's are; others keep their shape.
    """
    rows, gap = [list(row) for row in rows], 0.06
    columns = max(len(row) for row in rows)
    lines = [max((text.count("\n") + 1 if text else 0 for text in row), default=0) for row in below]
    under = [0.04 + 0.2 * n for n in lines] + [0.04] * (len(rows) - len(lines))
    margin_left = 0.2 + max(map(_wide, left)) if left else 0.03
    margin_top = 0.3 if above else 0.1 if bar else 0.03  # the bar's upper number stands out
    tall = len(rows) * (cell + gap) + sum(under)
    width, height = margin_left + columns * (cell + gap) + (0.75 if bar else 0.03), margin_top + tall
    figure = Figure(figsize=(width, height))
    for r, row in enumerate(rows):
        y = height - margin_top - (r + 1) * (cell + gap) + gap - sum(under[:r])
        for c, content in enumerate(row):
            x = margin_left + c * (cell + gap)
            axis = figure.add_axes((x / width, y / height, cell / width, cell / height))
            _fill(axis, content, colours)
            if r == 0 and c < len(above):
                axis.set_title(above[c], fontsize=11, color=INK, pad=4)
            if c == 0 and r < len(left):
                axis.set_ylabel(left[r], fontsize=11, color=INK, rotation=0, ha="right", va="center", labelpad=6)
            if r < len(below) and c < len(below[r]):
                axis.set_xlabel(below[r][c], fontsize=10, color=INK, labelpad=3)
    if bar:
        tall = min(tall - under[-1] - gap, 2.4)
        place = ((width - 0.66) / width, (height - margin_top - tall) / height, 0.13 / width, tall / height)
        scale = _bar(figure, figure.add_axes(place), ScalarMappable(Normalize(0, 1), colours))
        scale.set_label(bar, fontsize=10, color=INK)
    show(figure, words)


def maps(cells, words, above, cell=1.75):
    """A row of maps [h, w] in numbers, each with a colour bar of its own; pictures may stand among them.

    A map with values below 0 is drawn from violet over white, which is 0, to orange; any other from black upwards.
    """
    gap, beside = 0.12, 0.5  # inches; `beside` is for the bar and its numbers
    widths = [cell if isinstance(content, Image.Image | Explanation) else cell + beside for content in cells]
    width, height, x = sum(widths) + gap * (len(cells) - 1) + 0.1, cell + 0.42, 0.03
    figure = Figure(figsize=(width, height))
    for title, content, wide in zip(above, cells, widths):
        axis = figure.add_axes((x / width, 0.1 / height, cell / width, cell / height))
        axis.set_title(title, fontsize=11, color=INK, pad=4)
        if wide == cell:
            _fill(axis, content, "magma")
        else:
            L = np.asarray(content, dtype=float)
            top = np.abs(L).max() or 1.0
            image = axis.imshow(L, cmap=SIGNED if L.min() < 0 else "magma", vmin=-top if L.min() < 0 else 0, vmax=top)
            _bare(axis)
            beside_it = ((x + cell + 0.05) / width, 0.1 / height, 0.09 / width, cell / height)
            _bar(figure, figure.add_axes(beside_it), image)
        x += wide + gap
    show(figure, words)


def bars(groups, values, words, names=("",), unit="", width=6.5, line=None):
    """Bars that lie: one group for each of `groups`, one bar for each of `names`; `values` [groups][names].

    `line` is (value, label): what a map without any idea would score.
    """
    values = np.asarray(values, dtype=float).reshape(len(groups), -1)
    n = values.shape[1]
    figure = Figure(figsize=(width, 0.55 + 0.33 * len(groups) * n**0.6 + (0.3 if n > 1 else 0)), layout="constrained")
    axis = figure.subplots()
    thick = 0.8 / n
    for j in range(n):
        y = np.arange(len(groups)) + (j - (n - 1) / 2) * thick
        axis.barh(
            y,
            values[:, j],
            thick * 0.92,
            color=(DARK, LIGHT, GREY)[j],
            label=names[j],
            hatch=("", "//", "..")[j],
            edgecolor="white",
        )
        for place, value in zip(y, values[:, j]):
            axis.text(value, place, f" {value:.2f}", va="center", fontsize=9, color=INK)
    if line:
        axis.axvline(line[0], color=INK, linestyle=":", linewidth=1.5, label=line[1])
    axis.set_yticks(range(len(groups)), groups, fontsize=10)
    axis.invert_yaxis()
    axis.set_xlabel(unit, fontsize=10)
    axis.set_xlim(0, max(values.max(), line[0] if line else 0) * 1.15 or 1)
    axis.spines[["top", "right"]].set_visible(False)
    if n > 1 or line:
        axis.legend(fontsize=9, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
    show(figure, words, lines=True)


def _fill(axis, content, colours):
    _bare(axis)
    if content is None:
        axis.patch.set_visible(False)  # the axis itself stays, for it may have a title
    elif isinstance(content, Explanation):
        axis.imshow(content.overlay(colours=colours), interpolation="lanczos")
    elif isinstance(content, Image.Image):
        axis.imshow(content.convert("RGB"), interpolation="lanczos")
    else:
        axis.imshow(np.asarray(content, dtype=float), cmap=colours, vmin=0, vmax=1, interpolation="nearest")


def _wide(text, size=11):
    """How wide a text will be, in inches."""
    lines = [line for line in text.split("\n") if line.strip()]
    return max((TextPath((0, 0), line, size=size).get_extents().width for line in lines), default=0) / 72


def _bare(axis):
    axis.set(xticks=[], yticks=[])
    for side in axis.spines.values():
        side.set_visible(False)


def _bar(figure, axis, scale):
    bar = figure.colorbar(scale, cax=axis)
    bar.ax.tick_params(labelsize=9, colors=INK, length=2, pad=2)
    bar.ax.locator_params(nbins=5)
    bar.outline.set_visible(False)
    return bar
