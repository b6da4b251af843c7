"""Maps without gradients: how does the score answer when a channel masks the picture, or falls silent?

x [1, C, H, W] is the preprocessed picture, A [1, K, h, w] the layer's activations, and `score_of(inputs, n)` the score
of the class [n] for n inputs, of which `inputs(i, j)` makes those from i to j: so that as many are run at a time as
memory allows, whatever K is.
"""

import torch
from torch.nn.functional import interpolate


def scorecam(A, x, score_of):
    """L = ReLU(sum_k alpha_k A^k), alpha = softmax over k of y_c(x * M^k); [1, h, w].

    M^k is A^k laid on the picture and scaled to 0..1. y_c is the logit; the score of a baseline, which the paper
    subtracts, is the same for all k and cancels in the softmax. With probabilities (`scores="probability"`), which all
    lie between 0 and 1, no channel weighs over e times another, and where the network knows many classes they are all
    alike: the map is then nearly the same for every class.
    A channel that is flat masks nothing and gets weight 0.

    Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks, CVPR workshops 2020,
    eq. 6 to 9 and algorithm 1.
    """
    kept, mask = _masks(A, x)
    S = score_of(lambda i, j: x * mask(kept[i:j]), len(kept))
    return _weighted_by_softmax(S, A[:, kept])


def sscam(A, x, score_of, draw, n=10, sigma=0.1, noise="mask"):
    """Score-CAM with each score averaged over n noisy copies: of the mask (`noise="mask"`) or of the masked picture
    (`noise="input"`); [1, h, w].

    sigma is a share of the range (max - min) of what the noise is added to; `draw(shape, i)` gives the i-th.

    Wang et al., SS-CAM: Smoothed Score-CAM for Sharper Visual Feature Localization, 2020; its two variants.
    """
    kept, mask = _masks(A, x)
    spread = sigma * (1 if noise == "mask" else x.max() - x.min())

    def noisy(i, j):
        k, copies = kept[torch.arange(i, j) // n], range(i, j)
        if noise == "mask":
            M = mask(k)
            return x * (M + spread * torch.cat([draw(M[:1].shape, c) for c in copies]))
        return x * mask(k) + spread * torch.cat([draw(x.shape, c) for c in copies])

    S = score_of(noisy, len(kept) * n).unflatten(0, (len(kept), n)).mean(dim=1)
    return _weighted_by_softmax(S, A[:, kept])


def iscam(A, x, score_of, n=10):
    """Score-CAM with each score averaged over x * (i / n) M^k, i = 1..n: the mask is faded in; [1, h, w].

    Naidu et al., IS-CAM: Integrated Score-CAM for axiomatic-based explanations, 2020.
    """
    kept, mask = _masks(A, x)

    def faded(i, j):
        copies = torch.arange(i, j, device=x.device)
        step = (copies % n + 1).to(x.dtype)[:, None, None, None] / n
        return x * (step * mask(kept[copies.to(kept.device) // n]))

    S = score_of(faded, len(kept) * n).unflatten(0, (len(kept), n)).mean(dim=1)
    return _weighted_by_softmax(S, A[:, kept])


def ablationcam(A, y_c, drops):
    """L = ReLU(sum_k alpha_k A^k), alpha_k = (y_c - y_c with A^k = 0) / |y_c|; [B, h, w].

    y_c [B] is the score, drops [B, K] what it loses when a channel is silenced. Over |y_c|, not y_c: else a negative
    score would turn the map round.

    Desai and Ramaswamy, Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free
    Localization, WACV 2020.
    """
    alpha = drops / y_c.abs().clamp(min=1e-12)[:, None]
    return (alpha[:, :, None, None] * A).sum(dim=1).relu()


def _masks(A, x):
    """(the channels that are not flat, a function from channels to their masks [n, 1, H, W] from 0 to 1)."""
    low, high = A[0].amin(dim=(1, 2)), A[0].amax(dim=(1, 2))
    kept = torch.nonzero(high - low > 1e-6 * A[0].abs().amax(dim=(1, 2)))[:, 0]

    def mask(k):
        M = interpolate(A[0, k][:, None], x.shape[2:], mode="bilinear", align_corners=False)
        low, high = M.amin(dim=(2, 3), keepdim=True), M.amax(dim=(2, 3), keepdim=True)
        return (M - low) / (high - low)

    return kept, mask


def _weighted_by_softmax(S, A):
    return (S.softmax(0)[None, :, None, None] * A).sum(dim=1).relu()
