"""How a hand writes a glyph: it wobbles, leans and presses, and its pen covers pixels."""

import math
from random import Random

import numpy as np

from .glyphs import PARTS, STEPS, smooth, strokes

SIZE = 28
_AT = np.arange(SIZE, dtype=np.float32) + 0.5  # middles of the pixels


def covers(thing, parts, apart):
    """(part, how much of each pixel it covers, 0 to 1) for the parts; or, if not `apart`, all of them as one."""
    start, end, half, owners = _pen(thing)
    numbers = [PARTS[thing["kind"]].index(part) for part in parts]
    keep = np.isin(owners, numbers)
    if not keep.any():
        return
    covered, owners = cover(start[keep], end[keep], half[keep]), owners[keep]
    if not apart:
        yield None, covered.max(0)
        return
    for part, number in zip(parts, numbers):
        if (owners == number).any():
            yield part, covered[owners == number].max(0)


def cover(start, end, half):
    """How much of each pixel is covered, 0 to 1, by straight strokes from start to end [S, 2]: [S, 28, 28].

    A stroke covers what lies within `half` [S] its width of its middle line; the edge is one pixel soft.
    """
    along = end - start
    length = np.maximum((along * along).sum(1), 1e-6)
    x, y = _AT - start[:, :1], _AT - start[:, 1:]
    share = (x * along[:, :1])[:, None, :] + (y * along[:, 1:])[:, :, None]
    share = np.clip(share / length[:, None, None], 0, 1)
    away_x = x[:, None, :] - share * along[:, 0, None, None]
    away_y = y[:, :, None] - share * along[:, 1, None, None]
    return np.clip(half[:, None, None] + 0.5 - np.sqrt(away_x * away_x + away_y * away_y), 0, 1)


def _pen(thing):
    """The middle line in short straight pieces: start and end [S, 2] in pixels, half width [S], number of part [S]."""
    hand, names = Random(thing["hand"]), PARTS[thing["kind"]]
    drawn = strokes(thing["kind"], thing["style"], thing["shape"])
    waves = [[hand.uniform(*bounds) for bounds in _WAVE] for _ in range(3)]
    lines = [_wobble(smooth(points), thing["wobble"], waves, hand) for points, _ in drawn]
    whole = np.concatenate(lines)
    low, high = whole.min(0), whole.max(0)
    starts, ends, halves, owners = [], [], [], []
    for line, (_, spans) in zip(lines, drawn):
        line = _put((line - (low + high) / 2) / (high[1] - low[1]) * 2, thing)
        u = np.linspace(0, 1, len(line))
        press = 1 + thing["pressure"] * (0.3 * np.sin(hand.uniform(2, 7) * u + hand.uniform(0, 6.28)) - 0.45 * u**4)
        start, end = line[:-1], line[1:]
        turned = np.abs(np.sin(np.arctan2(*(end - start).T[::-1]) + 0.7))
        starts.append(start)
        ends.append(end)
        halves.append(thing["width"] / 2 * press[1:] * (1 - thing["nib"] * (1 - turned)))
        owners.append(np.repeat([names.index(part) for part in spans], STEPS))
    start, end, half = (np.concatenate(row).astype(np.float32) for row in (starts, ends, halves))
    return start, end, np.maximum(half, 0.35), np.concatenate(owners)


_WAVE = ((-2.4, 2.4), (-2.4, 2.4), (0, 6.28), (-0.075, 0.075), (-0.075, 0.075))  # wave vector, phase, how far in x, y


def _wobble(line, amount, waves, hand):
    """The line as this hand draws it: the page swims a little, the pen trembles, strokes do not quite meet."""
    x, y = line.T
    tremble, phase, astray = hand.uniform(0.6, 1.1), hand.uniform(0, 6.28), (hand.gauss(0, 1), hand.gauss(0, 1))
    moved = np.stack([np.full(len(line), 0.03 * s) for s in astray], 1)
    for a, b, c, dx, dy in waves:
        moved += np.sin(a * x + b * y + c)[:, None] * (dx, dy)
    moved += 0.016 * np.sin(tremble * np.arange(len(line)) + phase)[:, None] * (1, -1)
    return line + amount * moved


def _put(line, thing):
    """From a digit's own units to pixels: stretched, slanted, turned, of its size and at its place."""
    x, y = line.T
    x = thing["stretch"] * x - thing["slant"] * y
    cos, sin = math.cos(thing["turn"]), math.sin(thing["turn"])
    return thing["size"] * np.stack([cos * x - sin * y, sin * x + cos * y], 1) + (thing["x"], thing["y"])
