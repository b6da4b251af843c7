"""Every method: a formula on tensors, and what there is to know about it.

The formulas know nothing of networks: tensors in, a map out. `explain` runs the network and hands a formula what
its `Method.needs` names. So the ten lines that a learner writes and the function here can lie side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .cam import cam
from .gradients import counterfactual, gradcam, gradcam_pp, hirescam, layercam, xgradcam

__all__ = [
    "METHODS",
    "Method",
    "cam",
    "counterfactual",
    "gradcam",
    "gradcam_pp",
    "hirescam",
    "layercam",
    "xgradcam",
]


@dataclass(frozen=True)
class Method:
    """A method of explanation.

    `formula` computes the map L [B, h, w] from what `needs` names, in this order: "A" [B, K, h, w] activations of
    the layer, "dy_dA" [B, K, h, w] gradient of the score there, "w_c" [B, K] the class's weights in a linear head.
    `cost` counts passes through the network: (forward, backward). `options` are the formula's own, with defaults.
    """

    name: str
    title: str
    family: str
    paper: str
    equation: str
    needs: tuple[str, ...]
    cost: tuple[str, str]
    strengths: str
    limits: str
    formula: Callable
    options: dict = field(default_factory=dict)


_ALL = [
    Method(
        name="cam",
        title="CAM",
        family="class activation maps",
        paper="Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016",
        equation="eq. 2",
        needs=("A", "w_c"),
        cost=("1", "0"),
        strengths="No gradient: the head's own weights say how much each channel speaks for the class.",
        limits="Only for networks that end in global pooling and one linear layer, and only at their last layer.",
        formula=cam,
    ),
    Method(
        name="gradcam",
        title="Grad-CAM",
        family="class activation maps",
        paper="Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, "
        "ICCV 2017",
        equation="eq. 1 and 2",
        needs=("A", "dy_dA"),
        cost=("1", "1, down to the layer"),
        strengths="Any network and any layer; tells classes apart; one backward pass through the layers behind.",
        limits="Coarse; a channel has one weight for all places, so several objects of a class may become one blob.",
        formula=gradcam,
    ),
    Method(
        name="counterfactual",
        title="Counterfactual Grad-CAM",
        family="class activation maps",
        paper="Selvaraju et al., ICCV 2017, section 3.3 of the journal version (IJCV 2020)",
        equation="eq. 1 with the gradient negated",
        needs=("A", "dy_dA"),
        cost=("1", "1, down to the layer"),
        strengths="Shows what speaks against a class: remove it, and the score should rise.",
        limits="It is evidence against the class, not the smallest edit that would change the answer.",
        formula=counterfactual,
    ),
    Method(
        name="hirescam",
        title="HiResCAM",
        family="class activation maps",
        paper="Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural "
        "networks, 2020",
        equation="eq. 5",
        needs=("A", "dy_dA"),
        cost=("1", "1, down to the layer"),
        strengths="Nothing is averaged away: in front of a linear head the map's sum is the score, up to the bias.",
        limits="As noisy as the gradient at earlier layers.",
        formula=hirescam,
    ),
    Method(
        name="xgradcam",
        title="XGrad-CAM",
        family="class activation maps",
        paper="Fu et al., Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs, BMVC 2020",
        equation="eq. 8",
        needs=("A", "dy_dA"),
        cost=("1", "1, down to the layer"),
        strengths="Weights chosen so that sensitivity and conservation hold as nearly as they can.",
        limits="Equals Grad-CAM where the gradient is the same everywhere; unsure where activations sum to nearly 0.",
        formula=xgradcam,
    ),
    Method(
        name="layercam",
        title="Layer-CAM",
        family="class activation maps",
        paper="Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE TIP 2021",
        equation="eq. 6 and 7",
        needs=("A", "dy_dA"),
        cost=("1", "1, down to the layer"),
        strengths="A weight for each place, so it holds up at earlier, finer layers.",
        limits="Takes positive gradients alone, so it separates classes less than Grad-CAM.",
        formula=layercam,
    ),
    Method(
        name="gradcam++",
        title="Grad-CAM++",
        family="class activation maps",
        paper="Chattopadhyay et al., Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks, WACV 2018",
        equation="eq. 19",
        needs=("A", "dy_dA"),
        cost=("1", "1, down to the layer"),
        strengths="Meant for several objects of one class; tends to cover more of them.",
        limits="Positive gradients alone, so other classes leak in; its derivation holds for ReLU networks.",
        formula=gradcam_pp,
    ),
]

METHODS = {method.name: method for method in _ALL}
"""All methods by name, in the order in which the course teaches them."""
