"""Class activation mapping: no gradient, the weights of a linear head read backwards."""


def cam(A, w_c):
    """L = sum_k w_k^c A^k: the score before the pooling, place by place; [B, h, w], not cut at 0.

    A [B, K, h, w] is what the global pooling reads, w_c [B, K] (or [K]) the weights from the pooled channels to
    the class. With average pooling the mean of L over all places, plus the head's bias, is the score itself.

    Zhou et al., CVPR 2016, eq. 2.
    """
    return (w_c[..., :, None, None] * A).sum(dim=1)
