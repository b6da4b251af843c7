"""Maps from activations and the gradient of the score there: tensors in, a map out.

A [B, K, h, w] and dy_dA [B, K, h, w] come from one run of the network (`gradcam_lab.trace`); every map is
L [B, h, w] at the layer's resolution, not normalised.
"""


def gradcam(A, dy_dA):
    """L = ReLU(sum_k alpha_k A^k), alpha_k = the mean of dy/dA^k over all places; [B, h, w].

    alpha says how much the score rises when a channel rises everywhere; ReLU keeps what speaks for the class.

    Selvaraju et al., ICCV 2017, eq. 1 (alpha) and eq. 2 (L).
    """
    alpha = dy_dA.mean(dim=(2, 3), keepdim=True)
    return (alpha * A).sum(dim=1).relu()


def counterfactual(A, dy_dA):
    """Grad-CAM of -y: L = ReLU(sum_k -alpha_k A^k), what speaks against the class; [B, h, w].

    Selvaraju et al., IJCV 2020, section 3.3: counterfactual explanations.
    """
    return gradcam(A, -dy_dA)
