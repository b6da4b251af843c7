"""The lab's own small networks: a few convolutions that can be read at a glance, and one of two heads."""

from torch import nn

from ..errors import LabError


def block(channels_in, channels_out, stride):
    """A convolution, batch norm and ReLU; stride 2 halves the map."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class SmallNet(nn.Module):
    """Convolution blocks, then a head that turns the last map into one score for each class.

    classes   how many scores
    head      "gap": global average pooling and one linear layer, the head CAM was made for;
              "fc":  the map, pooled to `grid` x `grid`, laid flat, and two fully connected layers, which know where
              on the map a thing was and which CAM cannot read
    channels  output channels of block1, block2, ...
    strides   their strides: (2, 2, 1, 2, 1, 1) turns 128 x 128 into a map of 16 x 16
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
        colours=3,
        hidden=48,
        grid=4,
        dropout=0.3,
    ):
        super().__init__()
        if head not in ("gap", "fc"):
            raise LabError(f"A small network's head is 'gap' or 'fc'; given was {head!r}.")
        if len(channels) != len(strides):
            raise LabError(f"{len(channels)} channels need as many strides; given were {len(strides)}.")
        for i, (before, after, stride) in enumerate(zip((colours, *channels), channels, strides), start=1):
            self.add_module(f"block{i}", block(before, after, stride))
        self.blocks = len(channels)
        if head == "gap":
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(channels[-1], classes)
        else:
            self.pool = nn.AdaptiveAvgPool2d(grid)
            self.fc = nn.Sequential(
                nn.Dropout(dropout),
                nn.Linear(channels[-1] * grid * grid, hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
                nn.Linear(hidden, classes),
            )

    def forward(self, x):
        for i in range(1, self.blocks + 1):
            x = self.get_submodule(f"block{i}")(x)
        x = self.pool(x).flatten(1)
        return self.fc(x)
