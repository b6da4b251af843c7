"""Every method: a formula on tensors, and what there is to know about it.

The formulas know nothing of networks: tensors in, a map out. `explain` runs the network and hands a formula what
its `Method.needs` names. So the ten lines that a learner writes and the function here can lie side by side.
"""

from .activations import cam, eigencam
from .gradients import counterfactual, gradcam, gradcam_pp, hirescam, layercam, smoothgradcam_pp, xgradcam
from .masks import ablationcam, iscam, scorecam, sscam
from .method import Method
from .perturbation import occlusion, rise
from .pixels import deconvnet, guidedbackprop, guidedgradcam, integratedgradients, saliency, smoothgrad
from .table import ALL

METHODS = {method.name: method for method in ALL}
"""All methods by name, in the order in which the course teaches them."""

__all__ = [
    "METHODS",
    "Method",
    "ablationcam",
    "cam",
    "counterfactual",
    "deconvnet",
    "eigencam",
    "gradcam",
    "gradcam_pp",
    "guidedbackprop",
    "guidedgradcam",
    "hirescam",
    "integratedgradients",
    "iscam",
    "layercam",
    "occlusion",
    "rise",
    "saliency",
    "scorecam",
    "smoothgrad",
    "smoothgradcam_pp",
    "sscam",
    "xgradcam",
]
