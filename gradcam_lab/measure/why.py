"""Why believe a map? Take away what it marks, or show nothing else, and watch the probability of its class.

All measures here run the network on pictures that nobody drew or photographed: holes, blurs, darkness. A probability
may fall because the evidence went, or because such a picture is strange to the network. Hence `fill`, hence two
curves, and hence `part_effect`, which draws the picture again instead.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from ..errors import LabError
from ..explain import as_network, see
from ..explanation import Explanation
from ..render import lay, upsample
from ..running import Aim, Case, probabilities
from ..trace import INPUT, Trace
from ..worlds import checks

FILLS = ("grey", "mean", "blur", "zero")
"""What stands in for pixels that are away: mid-grey; the mean colour of what the network sees; the picture blurred;
0 in the network's own input (the mean colour of ImageNet, or mid-grey, where the preprocessing normalises)."""

BLUR = 0.05
"""How much is blurred: the standard deviation as a share of the shorter side."""


@dataclass(frozen=True, eq=False)
class Curve:
    """How a class's probability went while pixels were deleted, or inserted, in the order of a map's heat.

    kind           "deletion" or "insertion"
    fractions      float64 [steps + 1], 0 to 1: the share of the pixels that were deleted, or inserted
    probabilities  float64 [steps + 1]: the class's probability then
    label, fill    the class, and what stood in for pixels that were away
    """

    kind: str
    fractions: np.ndarray
    probabilities: np.ndarray
    label: str
    fill: str

    @property
    def curve(self):
        """(fractions, probabilities)."""
        return self.fractions, self.probabilities

    @property
    def area(self):
        """The area under the curve, 0 to 1, by trapezoids. Deletion: smaller is better; insertion: larger is."""
        return float(np.trapezoid(self.probabilities, self.fractions))

    def __repr__(self):
        first, last = self.probabilities[[0, -1]]
        return f"<{self.kind} of {self.label!r}: area {self.area:.3f}, probability {first:.3f} to {last:.3f}>"


def deletion(net, picture, e, fill="grey", steps=50, blur=BLUR, seed=0, chunk=None):
    """The `Curve` of the probability of e's class while the hottest pixels go first; a good map's falls early.

    `e` is an `Explanation` of a class; `picture` whatever `explain` takes, of e's size. Pixels are those of the
    network's input x, so of `net.view(picture)`: what is cropped away cannot be deleted. Pixels of one heat, such as
    all those where a map is 0, go in the order of a random map of the map's resolution, the same for the same `seed`.
    So they go in blobs as large as the map's own, for single pixels here and there harm a network in quite another
    way (on `pets` their area is half that of blobs). A blank map becomes a random one: its area is what a map without
    knowledge scores.

    fill   what takes a pixel's place, one of FILLS. Grey by default: it leaves nothing of the picture, not even its
           colour. The authors' code fills with ImageNet's mean colour, nearly the same ("zero").
    steps  how many times an equal share of the pixels goes. With 50 the area is near that of the authors' 224 steps:
           at most 0.004 off on 40 scenes and `pets`, 0.018 on 14 photographs and SqueezeNet.
    blur   for fill="blur": the Gaussian's standard deviation as a share of x's shorter side. The authors' 5 of 224
           pixels left 2 of 14 photographs recognisable to SqueezeNet, 0.05 none.
    chunk  how many pictures run at once (default: by their size)

    Petsiuk et al., RISE: Randomized Input Sampling for Explanation of Black-box Models, BMVC 2018.
    Raises LabError for a map of a function of the scores: it has no probability.
    """
    return _curve("deletion", net, picture, e, fill, steps, blur, seed, chunk)


def insertion(net, picture, e, fill="blur", steps=50, blur=BLUR, seed=0, chunk=None):
    """The `Curve` of the probability of e's class while the hottest pixels come first; a good map's rises early.

    Starts from the picture blurred, as the paper does: pixels that appear on one colour bring sharp edges with them,
    which may look like evidence. Arguments, ties and errors as those of `deletion`.

    Petsiuk et al., BMVC 2018.
    """
    return _curve("insertion", net, picture, e, fill, steps, blur, seed, chunk)


def average_drop(net, pictures, explanations, fill="black"):
    """By how many per cent of its probability the class falls, on average, when only the explanation map is shown.

    100 / N sum_i max(0, Y_i - O_i) / Y_i, with Y_i, O_i of `shown_alone`; smaller is better, 0 to 100.
    A map that is hot everywhere scores best, so compare maps of one width, or read it beside `deletion`.

    Chattopadhyay et al., Grad-CAM++, WACV 2018, section 4.1 (i), where the 1 / N is in the words alone.
    """
    Y, O = shown_alone(net, pictures, explanations, fill)
    return float(100 * np.mean(np.divide(np.maximum(0, Y - O), Y, out=np.zeros_like(Y), where=Y > 0)))


def increase_in_confidence(net, pictures, explanations, fill="black"):
    """In how many per cent of the pictures the class gets more probable when only the explanation map is shown.

    100 / N sum_i [Y_i < O_i], with Y_i, O_i of `shown_alone`; larger is better.

    Chattopadhyay et al., Grad-CAM++, WACV 2018, section 4.1 (ii).
    """
    Y, O = shown_alone(net, pictures, explanations, fill)
    return float(100 * np.mean(Y < O))


def shown_alone(net, pictures, explanations, fill="black"):
    """(Y [n], O [n]): the probability of each explanation's class for its picture, and for its explanation map alone.

    The explanation map is the paper's, heat * picture, pixel by pixel: black where the heat is 0. (Of a picture given
    as a preprocessed tensor it is heat * x, so 0 there.) A blank heat shows a black picture. Both lists are equally
    long; a single picture with its explanation will do.

    fill   "black", or one of FILLS, with which the picture is mixed instead: heat * x + (1 - heat) * fill. Black is a
           strong colour, and a network may take the dark itself for a class. `pets` does: with black Grad-CAM drops by
           83 %, and so does a blank map; with grey it is 24 % and 82 % (100 scenes). So look at blank maps too.

    Chattopadhyay et al., Grad-CAM++, WACV 2018, eq. 25.
    """
    net = as_network(net)
    pictures, explanations = _list(pictures), _list(explanations)
    if len(pictures) != len(explanations) or not pictures:
        raise LabError(
            f"Each picture needs its explanation; given were {len(pictures)} pictures and {len(explanations)} of them."
        )
    checks.one_of("fill", fill, ("black", *FILLS))
    found = np.empty((2, len(pictures)))
    for i, (picture, e) in enumerate(zip(pictures, explanations, strict=True)):
        seen, c = _pair(net, picture, e)
        if fill == "black" and not isinstance(picture, torch.Tensor):
            product = e.heat[:, :, None] * np.asarray(seen.picture, np.float32)
            shown = net.preprocess(Image.fromarray(np.rint(product).astype(np.uint8)))
        else:
            filled = _filled(net, seen, "zero" if fill == "black" else fill)
            shown = filled + torch.as_tensor(_laid(e, filled.shape[1:])).to(filled) * (seen.x - filled)
        found[:, i] = probabilities(net.forward(torch.stack([seen.x, shown])).double())[:, c].cpu()
    return found[0], found[1]


def _curve(kind, net, picture, e, fill, steps, blur, seed, chunk):
    net = as_network(net)
    seen, c = _pair(net, picture, e)
    checks.one_of("fill", fill, FILLS)
    checks.whole("steps", steps, 1, 1_000_000)
    checks.number("blur", blur, 0, 1)
    if chunk is not None:
        checks.whole("chunk", chunk, 1, 1_000_000)
    x, filled = net.to_input(seen.x), net.to_input(_filled(net, seen, fill, blur))
    start, end = (x, filled) if kind == "deletion" else (filled, x)
    rank = torch.as_tensor(_rank(e, x.shape[1:], seed)).to(x.device)
    counts = torch.tensor([round(rank.numel() * i / steps) for i in range(steps + 1)], device=x.device)

    def pictures(i, j):
        return torch.where(rank < counts[i:j, None, None, None], end, start)

    y = net.forward(x[None])
    options = {"scores": "probability", "chunk": chunk}
    case = Case(net, x[None], Trace(y, {}), INPUT, Aim(net, y, [c]), options=options, one=0)
    found = case.score_of(pictures, steps + 1).double().cpu().numpy()
    return Curve(kind, counts.cpu().numpy() / rank.numel(), found, net.labels[c], fill)


def _pair(net, picture, e):
    """(what the network sees of the picture, the class of e's map), once they are known to belong together."""
    if not isinstance(e, Explanation):
        raise LabError(f"This measures a map as gl.explain gives it, an Explanation; given was a {type(e).__name__}.")
    if e.target is None:
        raise LabError(
            "This measures the probability of a class, and a function of the scores has none; explain a class."
        )
    seen = see(net, picture)
    height, width = e.heat.shape
    size = seen.x.shape[:0:-1] if isinstance(picture, torch.Tensor) else seen.picture.size
    if tuple(size) != (width, height):
        raise LabError(
            f"This map is of a picture of {width} x {height} pixels; given was one of {size[0]} x {size[1]}."
        )
    return seen, net.class_index(e.target)


def _rank(e, size, seed):
    """int64 [H, W]: 0 for the hottest of the network's pixels, 1 for the next, ...; ties by a random map."""
    height, width = size
    heat = _laid(e, size)
    noise = np.random.default_rng(seed).random(e.shown.shape)
    order = np.lexsort((-upsample(noise, width, height).ravel(), -heat.ravel()))
    rank = np.empty(height * width, np.int64)
    rank[order] = np.arange(height * width)
    return rank.reshape(height, width)


def _laid(e, size):
    """e's heat on the network's input: float32 [H, W]."""
    height, width = size
    return lay(e.shown, (0, 0, width, height), (width, height))


def _filled(net, seen, fill, blur=BLUR):
    """x [C, H, W] with nothing left of the picture but what `fill` leaves."""
    x = seen.x
    if fill == "zero":
        return torch.zeros_like(x)
    if fill == "mean":
        return x.mean((1, 2), keepdim=True).expand_as(x)
    if fill == "blur":
        sigma = blur * min(x.shape[1:])
        return torch.as_tensor(gaussian_filter(x.cpu().numpy(), (0, sigma, sigma), mode="nearest")).to(x)
    if isinstance(seen.picture, torch.Tensor):  # shown with its range as black to white
        return torch.full_like(x, float(x.min() + x.max()) / 2)
    return net.preprocess(Image.new("RGB", seen.picture.size, (128, 128, 128)))


def _list(given):
    return list(given) if isinstance(given, list | tuple) else [given]
