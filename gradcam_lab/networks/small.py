"""The lab's own small networks: a few convolutions that can be read at a glance, and one of three heads."""

from torch import nn

from ..errors import LabError


def block(channels_in, channels_out, kernel=3, stride=1, pool=1):
    """A convolution, batch norm and ReLU; stride 2 halves the map, and so does max pooling of 2 in front of it all."""
    convolution = nn.Conv2d(channels_in, channels_out, kernel, stride=stride, padding=kernel // 2, bias=False)
    layers = [convolution, nn.BatchNorm2d(channels_out), nn.ReLU()]
    return nn.Sequential(*([nn.MaxPool2d(pool)] if pool > 1 else []), *layers)


class SmallNet(nn.Module):
    """Convolution blocks, then a head that turns the last map into one score for each class.

    classes   how many scores
    head      "gap": global average pooling and one linear layer, the head CAM was made for;
              "gmp": global max pooling and one linear layer, which CAM reads as well;
              "fc":  the map, pooled to `grid` x `grid`, laid flat, and two fully connected layers, which know where
              on the map a thing was and which CAM cannot read
    channels  output channels of block1, block2, ...
    strides   their strides: (2, 2, 1, 2, 1, 1) turns 128 x 128 into a map of 16 x 16
    pools     the sizes of the max pooling in front of each block (1, and by default: none): (1, 2, 2) turns 28 x 28
              into maps of 28 x 28, 14 x 14 and 7 x 7
    kernels   the sides of their kernels, odd (default: 3)
    colours   channels of the picture
    hidden, grid, dropout   of the "fc" head: its hidden layer's width, the side of the map it sees, the share that is
              dropped in training

    Input [B, colours, H, W], output [B, classes]: scores before softmax.
    """

    def __init__(
        self,
        classes,
        head="gap",
        channels=(16, 32, 64, 96, 128, 128),
        strides=(2, 2, 1, 2, 1, 1),
        pools=None,
        kernels=None,
        colours=3,
        hidden=48,
        grid=4,
        dropout=0.3,
    ):
        super().__init__()
        if head not in ("gap", "gmp", "fc"):
            raise LabError(f"A small network's head is 'gap', 'gmp' or 'fc'; given was {head!r}.")
        self.blocks = len(channels)
        pools, kernels = pools or (1,) * self.blocks, kernels or (3,) * self.blocks
        for name, given in (("strides", strides), ("pools", pools), ("kernels", kernels)):
            if len(given) != self.blocks:
                raise LabError(f"{self.blocks} channels need as many {name}; given were {len(given)}.")
        for i, shape in enumerate(zip((colours, *channels), channels, kernels, strides, pools), start=1):
            self.add_module(f"block{i}", block(*shape))
        if head == "fc":
            self.pool = nn.AdaptiveAvgPool2d(grid)
            self.fc = nn.Sequential(
                nn.Dropout(dropout),
                nn.Linear(channels[-1] * grid * grid, hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
                nn.Linear(hidden, classes),
            )
        else:
            self.pool = nn.AdaptiveAvgPool2d(1) if head == "gap" else nn.AdaptiveMaxPool2d(1)
            self.fc = nn.Linear(channels[-1], classes)

    def forward(self, x):
        for i in range(1, self.blocks + 1):
            x = self.get_submodule(f"block{i}")(x)
        x = self.pool(x).flatten(1)
        return self.fc(x)
