"""Maps from activations without a gradient: CAM reads the head's weights besides, Eigen-CAM nothing.

A [B, K, h, w] is what a layer says; every map is L [B, h, w] at the layer's resolution, not normalised.
"""

import torch


def cam(A, w_c):
    """L = sum_k w_k^c A^k: the score before the pooling, place by place; [B, h, w], not cut at 0.

    A [B, K, h, w] is what the global pooling reads, w_c [B, K] (or [K]) the weights from the pooled channels to
    the class. With average pooling the mean of L over all places, plus the head's bias, is the score itself.

    Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016, section 2.
    """
    return (w_c[..., :, None, None] * A).sum(dim=1)


def eigencam(A):
    """L = A v: the activations [h w, K] projected on their first right singular vector, not centred; [B, h, w].

    The singular vector comes from the eigenproblem of the smaller side, h w or K, in double precision. It has no sign
    of its own; here it has the one with which the projection agrees with the activations' sum.

    Muhammad and Yeasin, Eigen-CAM: Class Activation Map using Principal Components, IJCNN 2020.
    """
    M = A.flatten(2).transpose(1, 2).cpu().double()  # [B, h w, K]; not every device knows doubles
    if M.shape[1] <= M.shape[2]:
        value, vector = torch.linalg.eigh(M @ M.mT)  # ascending: the last is the largest
        L = value[:, -1:].clamp(min=0).sqrt() * vector[:, :, -1]  # M v = sigma u
    else:
        _, vector = torch.linalg.eigh(M.mT @ M)
        L = (M @ vector[:, :, -1:])[:, :, 0]
    agreement = (L * M.sum(dim=2)).sum(dim=1, keepdim=True)
    L = torch.where(agreement < 0, -L, L)
    return L.unflatten(1, A.shape[2:]).to(A)
