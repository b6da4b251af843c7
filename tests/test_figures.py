"""The lessons' figures: what a sheet takes, and that nothing of it is cut off."""

import io

import numpy as np
import pytest
from PIL import Image

from gradcam_lab import figures

GREY = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)


@pytest.fixture
def shown(monkeypatch):
    pictures = []

    def display(content, raw=False, metadata=None):
        if raw:
            [data] = [content[kind] for kind in ("image/jpeg", "image/png") if kind in content]
            pictures.append(Image.open(io.BytesIO(data)).convert("L"))

    monkeypatch.setattr(figures, "display", display)
    return pictures


def ink(picture, rows, columns):
    """Whether anything is written in this part of a white sheet."""
    height, width = np.asarray(picture).shape
    part = np.asarray(picture)[
        int(rows[0] * height) : int(rows[1] * height), int(columns[0] * width) : int(columns[1] * width)
    ]
    return bool((part < 128).any())


def test_a_row_keeps_its_label_where_its_first_cell_is_empty(shown):
    figures.sheet([[None, GREY], [GREY, None]], "two rows", left=["first row", "second row"])
    assert ink(shown[0], (0.1, 0.4), (0, 0.25)) and ink(shown[0], (0.6, 0.9), (0, 0.25))


def test_labels_may_be_empty_and_their_margin_grows_with_the_widest(shown):
    for left in (["", ""], ["", "WWWWWWWW"], ["one line", "WWWWWWWW\nWWWWWWWWWWWW"]):
        figures.sheet([[GREY], [GREY]], "labels", left=left)
        assert not ink(shown[-1], (0, 1), (0, 0.005)), "a label is cut off"
    widths = [picture.width for picture in shown]
    assert widths[0] < widths[1] < widths[2]


def test_a_grey_picture_is_grey(shown):
    figures.sheet([[GREY.resize((64, 64))]], "grey")
    values = np.asarray(shown[0], float)
    assert values[10:-10, 10:-10].std() > 40
