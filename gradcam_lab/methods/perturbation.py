"""Maps from covering parts of the picture and watching the score; no look inside the network.

x [1, C, H, W] is the preprocessed picture; `score_of(inputs, n)` as in `masks`. Every function returns L [1, H, W].
"""

import torch
from torch.nn.functional import interpolate


def occlusion(x, y_c, score_of, size=None, stride=None, baseline=0.0):
    """By how much the score falls when a patch is covered, averaged over all patches that cover a pixel.

    `size` and `stride` are in pixels of x (default: a seventh and a fourteenth of the shorter side); y_c [1] is the
    score of the whole picture. Positive where covering lowers the score.

    Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2.
    """
    H, W = x.shape[2:]
    size = size or max(1, min(H, W) // 7)
    stride = stride or max(1, size // 2)
    corners = [(t, l) for t in _starts(H, size, stride) for l in _starts(W, size, stride)]

    def covered(i, j):
        many = x.repeat(j - i, 1, 1, 1)
        for one, (top, left) in zip(many, corners[i:j], strict=True):
            one[:, top : top + size, left : left + size] = baseline
        return many

    drop = y_c - score_of(covered, len(corners))
    total, times = x.new_zeros(H, W), x.new_zeros(H, W)
    for (top, left), d in zip(corners, drop, strict=True):
        total[top : top + size, left : left + size] += d
        times[top : top + size, left : left + size] += 1
    return (total / times)[None]


def _starts(length, size, stride):
    """Where patches begin, the last one flush with the end, so that every pixel is covered."""
    return [*range(0, max(length - size, 0), stride), max(length - size, 0)]


def rise(x, score_of, uniform, n=2000, cells=7, p=0.5):
    """L = 1 / (n p) sum_i s(x * M_i) M_i over n random masks; s is the class's probability.

    A mask is a grid of cells x cells zeros and ones (one with probability p), laid bilinearly on one cell more than
    the picture, of which a random part as large as the picture is cut out. `uniform(shape, i)` draws numbers from 0 to
    1 for the i-th mask.

    Petsiuk et al., RISE: Randomized Input Sampling for Explanation of Black-box Models, BMVC 2018, section 3.
    """
    H, W = x.shape[2:]
    down, across = -(-H // cells), -(-W // cells)

    def mask(i):
        grid = (uniform((1, 1, cells, cells), i) < p).to(x.dtype)
        laid = interpolate(grid, ((cells + 1) * down, (cells + 1) * across), mode="bilinear", align_corners=False)
        top, left = (uniform((2,), n + i) * torch.tensor([down, across], device=x.device)).long().tolist()
        return laid[:, :, top : top + H, left : left + W]

    def masks(i, j):
        return torch.cat([mask(m) for m in range(i, j)])

    total = x.new_zeros(1, H, W)
    S = score_of(lambda i, j: x * masks(i, j), n)
    for i, s in enumerate(S):
        total += s * mask(i)[0]
    return total / (n * p)
