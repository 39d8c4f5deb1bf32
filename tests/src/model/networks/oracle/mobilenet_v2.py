"""MobileNetV2 (Sandler et al., CVPR 2018) as an encoder in plain PyTorch, to compare the C++ one with.

`flat` numbers convolutions, norms and activations one after the other (MODNet's files); otherwise the three are one layer
(torchvision's).
"""
from torch import nn

from still import scaled

# expansion, channels, blocks, stride
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def layer(inputs, outputs, kernel, stride=1, dilation=1, groups=1, active=True):
    modules = [nn.Conv2d(inputs, outputs, kernel, stride, (kernel // 2) * dilation, dilation, groups, bias=False),
               nn.BatchNorm2d(outputs)]
    return modules + [nn.ReLU6()] if active else modules


class Inverted(nn.Module):
    def __init__(self, inputs, expansion, outputs, stride, dilation, flat):
        super().__init__()
        hidden = inputs * expansion
        layers = [layer(inputs, hidden, 1)] if expansion > 1 else []
        layers.append(layer(hidden, hidden, 3, stride, dilation, hidden))
        modules = sum(layers, []) if flat else [nn.Sequential(*part) for part in layers]
        self.conv = nn.Sequential(*modules, *layer(hidden, outputs, 1, active=False))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """The maps after features.1, .3, .6 and .13, and the last. Output stride 32 or 16: then from features.15 on dilated."""

    def __init__(self, inputs=3, width=1.0, output_stride=32, last=True, flat=False):
        super().__init__()
        channels = scaled(32, width)
        features = [nn.Sequential(*layer(inputs, channels, 3, 2))]
        for expansion, outputs, blocks, stride in STAGES:
            outputs = scaled(outputs, width)
            for i in range(blocks):
                number = len(features)
                dense = output_stride == 16
                features.append(Inverted(channels, expansion, outputs, 1 if i or (dense and number == 14) else stride,
                                         2 if dense and number > 14 else 1, flat))
                channels = outputs
        if last:
            features.append(nn.Sequential(*layer(channels, scaled(1280, width), 1)))
        self.features = nn.Sequential(*features)

    def forward(self, x):
        maps = []
        for i, module in enumerate(self.features):
            x = module(x)
            if i in (1, 3, 6, 13):
                maps.append(x)
        return maps + [x]
