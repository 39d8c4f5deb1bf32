"""Residual networks (He et al., CVPR 2016) in plain PyTorch, to compare the C++ encoder with.

Written from the description of the blocks, for clarity and not for speed. Names equal torchvision's.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

# Of layer1 .. layer4, for each output stride: stride, dilation of the first block, dilation of the others.
LAYOUTS = {
    32: ((1, 1, 1), (2, 1, 1), (2, 1, 1), (2, 1, 1)),
    16: ((1, 1, 1), (2, 1, 1), (2, 1, 1), (1, 1, 2)),
    8: ((1, 1, 1), (2, 1, 1), (1, 1, 2), (1, 2, 4)),
    4: ((1, 1, 1), (1, 1, 2), (1, 2, 4), (1, 4, 8)),
}


class StandardisedConv(nn.Conv2d):
    """Weight standardisation that gradients pass through, as in FBA Matting's first release."""

    def forward(self, x):
        rows = self.weight.flatten(1)
        rows = rows - rows.mean(1, keepdim=True)
        rows = rows / (torch.sqrt(rows.var(1, unbiased=True, keepdim=True) + 1e-12) + 1e-5)
        return F.conv2d(x, rows.view_as(self.weight), self.bias, self.stride, self.padding, self.dilation)


def convolution(group, inputs, outputs, kernel, stride=1, dilation=1):
    kind = StandardisedConv if group else nn.Conv2d
    return kind(inputs, outputs, kernel, stride, kernel // 2 * dilation, dilation, bias=False)


def norm(group, channels):
    return nn.GroupNorm(math.gcd(group, channels), channels) if group else nn.BatchNorm2d(channels)


class Block(nn.Module):
    def __init__(self, group, inputs, outputs, stride):
        super().__init__()
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(convolution(group, inputs, outputs, 1, stride), norm(group, outputs))

    def forward(self, x):
        return F.relu(self.branch(x) + (x if self.downsample is None else self.downsample(x)))


class Basic(Block):
    expansion = 1

    def __init__(self, group, inputs, planes, stride, dilation):
        super().__init__(group, inputs, planes, stride)
        self.conv1 = convolution(group, inputs, planes, 3, stride, dilation)
        self.bn1 = norm(group, planes)
        self.conv2 = convolution(group, planes, planes, 3, 1, dilation)
        self.bn2 = norm(group, planes)

    def branch(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))


class Bottleneck(Block):
    expansion = 4

    def __init__(self, group, inputs, planes, stride, dilation):
        super().__init__(group, inputs, 4 * planes, stride)
        self.conv1 = convolution(group, inputs, planes, 1)
        self.bn1 = norm(group, planes)
        self.conv2 = convolution(group, planes, planes, 3, stride, dilation)
        self.bn2 = norm(group, planes)
        self.conv3 = convolution(group, planes, 4 * planes, 1)
        self.bn3 = norm(group, 4 * planes)

    def branch(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.bn3(self.conv3(F.relu(self.bn2(self.conv2(x)))))


class ResNet(nn.Module):
    """base: channels of the first convolution, 64 in the published networks. group: of so many groups are its norms, 32 there;
    0: batch norms."""

    def __init__(self, block=Bottleneck, blocks=(3, 4, 6, 3), inputs=3, base=64, group=0, output_stride=32):
        super().__init__()
        self.conv1 = convolution(group, inputs, base, 7, 2)
        self.bn1 = norm(group, base)
        channels = base
        for i, (stride, first, others) in enumerate(LAYOUTS[output_stride]):
            layer = []
            for j in range(blocks[i]):
                planes = base << i
                layer.append(block(group, channels, planes, stride if j == 0 else 1, others if j else first))
                channels = planes * block.expansion
            setattr(self, 'layer%d' % (i + 1), nn.Sequential(*layer))

    def forward(self, x):
        """The five maps: after the first convolution, and after each layer."""
        maps = [F.relu(self.bn1(self.conv1(x)))]
        x = F.max_pool2d(maps[0], 3, 2, 1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            maps.append(x)
        return maps
