"""Maps from activations and the gradient of the score there: tensors in, a map out.

A [B, K, h, w] and dy_dA [B, K, h, w] come from one run of the network (`gradcam_lab.trace`); every map is
L [B, h, w] at the layer's resolution, not normalised.
"""

import torch

from ..progress import at_once, chunks
from ..progress import steps as watched


def gradcam(A, dy_dA):
    """L = ReLU(sum_k alpha_k A^k), alpha_k = the mean of dy/dA^k over all places; [B, h, w].

    alpha says how much the score rises when a channel rises everywhere; ReLU keeps what speaks for the class.

    Selvaraju et al., ICCV 2017, eq. 1 (alpha) and eq. 2 (L).
    """
    alpha = dy_dA.mean(dim=(2, 3), keepdim=True)
    return (alpha * A).sum(dim=1).relu()


def counterfactual(A, dy_dA):
    """Grad-CAM of -y: L = ReLU(sum_k -alpha_k A^k), what speaks against the class; [B, h, w].

    Selvaraju et al., IJCV 2020, section 3.3 (ICCV 2017, section 7): counterfactual explanations.
    """
    return gradcam(A, -dy_dA)


def hirescam(A, dy_dA):
    """L = sum_k dy/dA^k * A^k, place by place, without averaging the gradient; [B, h, w], not cut at 0.

    Behind the layer a linear head: then the sum of L over all places is the score itself, up to the bias.

    Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks,
    2020.
    """
    return (dy_dA * A).sum(dim=1)


def xgradcam(A, dy_dA):
    """L = ReLU(sum_k alpha_k A^k), alpha_k = sum(dy/dA^k * A^k) / sum(A^k); [B, h, w].

    The gradient's mean weighted by the activation. A channel whose sum vanishes against its own size has no such
    mean and gets weight 0.

    Fu et al., Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs, BMVC
    2020.
    """
    total, size = A.sum(dim=(2, 3), keepdim=True), A.abs().sum(dim=(2, 3), keepdim=True)
    defined = total.abs() > 1e-6 * size
    alpha = (dy_dA * A).sum(dim=(2, 3), keepdim=True) / torch.where(defined, total, 1)
    return (torch.where(defined, alpha, 0) * A).sum(dim=1).relu()


def layercam(A, dy_dA):
    """L = ReLU(sum_k ReLU(dy/dA^k) * A^k): each place has its own weight; [B, h, w].

    Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE TIP 2021.
    """
    return (dy_dA.relu() * A).sum(dim=1).relu()


def gradcam_pp(A, dy_dA):
    """Grad-CAM++: L = ReLU(sum_k w_k A^k), w_k = sum_ij alpha_ij ReLU(g_ij), g = dy/dA^k; [B, h, w].

    alpha = g^2 / (2 g^2 + g^3 sum_ab A_ab), the sum over all places (eq. 19). Where ReLU(g) > 0, the only places that
    count, g^2 cancels: alpha = 1 / (2 + g sum_ab A_ab). So no epsilon is needed, and a gradient of 1e-23 gives the
    limit, one half, where squares in float32 would be 0. Before a ReLU sum A may be negative, and with it the
    denominator; the derivation has no word for that, and alpha is then its limit, one half.

    Chattopadhyay et al., Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks, WACV 2018, with
    Y = exp(S) and S piecewise linear behind A (ReLU networks; for SiLU, GELU or hardswish it is an approximation).
    """
    g = dy_dA.relu()
    denominator = 2 + g * A.sum(dim=(2, 3), keepdim=True)
    alpha = torch.where(denominator > 0, 1 / denominator, 0.5)
    w = (alpha * g).sum(dim=(2, 3), keepdim=True)
    return (w * A).sum(dim=1).relu()


def smoothgradcam_pp(A, x, gradients_of, noise, n=8, sigma=0.15, numerator="D2", chunk=None):
    """Smooth Grad-CAM++: Grad-CAM++ with the derivatives averaged over n noisy copies of the picture; [1, h, w].

    D1, D2, D3 are the means of g, g^2, g^3 over x + noise, sigma a share of x's range (max - min); A is the clean
    picture's; exp(S), which would let one copy take it all, is dropped. alpha = D2 / (2 D2 + D3 sum_ab A_ab),
    w_k = sum_ij alpha_ij ReLU(D1), L = ReLU(sum_k w_k A^k). The paper prints D1 in the numerator of alpha, which does
    not follow from its derivation: `numerator="D1"` does as printed. `gradients_of(x)` gives dy/dA of copies, `chunk`
    of them at a time.

    Omeiza et al., Smooth Grad-CAM++: An Enhanced Inference Level Visualization Technique for Deep Convolutional Neural
    Network Models, 2019.
    """
    spread = sigma * (x.max() - x.min())
    D1 = D2 = D3 = 0
    for copies in watched(chunks(n, chunk or at_once(x, gradients=True)), "noisy copies"):
        noisy = x + spread * torch.stack([noise(x.shape[1:], i) for i in copies])
        g = gradients_of(noisy).cpu().double()  # in float32 the square of 1e-23 is 0
        D1, D2, D3 = (D + (g**power).sum(dim=0, keepdim=True) / n for power, D in ((1, D1), (2, D2), (3, D3)))
    denominator = 2 * D2 + D3 * A.cpu().double().sum(dim=(2, 3), keepdim=True)
    top = {"D1": D1, "D2": D2}[numerator]
    alpha = torch.where(denominator > 0, top / denominator, 0.5)
    w = (alpha * D1.relu()).sum(dim=(2, 3), keepdim=True).to(A)
    return (w * A).sum(dim=1).relu()
