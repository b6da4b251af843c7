"""Maps of pixels: the gradient of the score at the picture itself, and what has been made of it.

x [B, C, H, W] is the preprocessed picture, `gradient_of(x)` gives dy_c/dx of the same shape, `gradient_of(x, rule)`
the same with another backward rule for every ReLU (`gradcam_lab.rules`). Every function returns pixels [B, C, H, W],
signed. Those that average over copies of a picture take one, x [1, C, H, W], and run `chunk` copies at a time.
"""

import torch
from torch.nn.functional import interpolate

from ..progress import at_once, chunks
from ..progress import steps as watched


def saliency(x, gradient_of):
    """dy_c/dx.

    Simonyan et al., Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps,
    ICLR workshops 2014, section 3.
    """
    return gradient_of(x)


def smoothgrad(x, gradient_of, noise, n=25, sigma=0.15, chunk=None):
    """The mean of dy_c/dx over n copies of x with Gaussian noise, sigma a share of x's range (max - min).

    Smilkov et al., SmoothGrad: removing noise by adding noise, 2017.
    """
    spread = sigma * (x.max() - x.min())
    total = torch.zeros_like(x)
    for copies in watched(chunks(n, chunk or at_once(x, gradients=True)), "noisy copies"):
        noisy = x + spread * torch.stack([noise(x.shape[1:], i) for i in copies])
        total += gradient_of(noisy).sum(dim=0, keepdim=True)
    return total / n


def integratedgradients(x, gradient_of, baseline=0.0, steps=100, chunk=None):
    """(x - x') times the mean of dy_c/dx along the straight path from the baseline x' to x, at the steps' midpoints.

    Completeness: all pixels sum to y_c(x) - y_c(x'), as nearly as the sum approaches the integral.

    Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017, eq. 1 and 3 (there with right ends).
    """
    start = torch.zeros_like(x) + torch.as_tensor(baseline, dtype=x.dtype, device=x.device)
    total = torch.zeros_like(x)
    for some in watched(chunks(steps, chunk or at_once(x, gradients=True)), "steps on the path"):
        share = (torch.tensor(some).to(x)[:, None, None, None] + 0.5) / steps
        total += gradient_of(start + share * (x - start)).sum(dim=0, keepdim=True)
    return (x - start) * total / steps


def deconvnet(x, gradient_of):
    """dy_c/dx where every ReLU lets only positive gradients back.

    Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.
    """
    return gradient_of(x, "deconvolved")


def guidedbackprop(x, gradient_of):
    """dy_c/dx where every ReLU lets only positive gradients back, and only where its input was positive.

    Springenberg et al., Striving for Simplicity: The All Convolutional Net, ICLR workshops 2015.
    """
    return gradient_of(x, "guided")


def guidedgradcam(x, gradient_of, L):
    """Guided backpropagation times the Grad-CAM map L [B, h, w] laid on the picture.

    Selvaraju et al., IJCV 2020, section 3.2.
    """
    guided = gradient_of(x, "guided")
    return guided * interpolate(L[:, None], guided.shape[2:], mode="bilinear", align_corners=False)


def strength(pixels):
    """How much each pixel matters [B, H, W]: the largest absolute value over the colours."""
    return pixels.abs().amax(dim=1)


def contribution(pixels):
    """What each pixel contributes [B, H, W]: the signed sum over the colours."""
    return pixels.sum(dim=1)
