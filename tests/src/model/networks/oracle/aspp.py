"""Atrous spatial pyramid pooling (DeepLabV3, Chen et al., 2017) in plain PyTorch, to compare the C++ one with.

Names equal those of torchvision's, whose dropout is left out.
"""
import torch
from torch import nn
from torch.nn import functional as F


class Aspp(nn.Module):
    """1x1, 3x3 at each of the rates, and the mean of the map, joined and projected."""

    def __init__(self, inputs, outputs, rates):
        super().__init__()

        def branch(inputs, kernel, rate, *before):
            conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2 * rate, dilation=rate, bias=False)
            return nn.Sequential(*before, conv, nn.BatchNorm2d(outputs), nn.ReLU())

        self.convs = nn.ModuleList([branch(inputs, 1, 1), *(branch(inputs, 3, rate) for rate in rates),
                                    branch(inputs, 1, 1, nn.AdaptiveAvgPool2d(1))])
        self.project = branch(len(self.convs) * outputs, 1, 1)

    def forward(self, x):
        maps = [conv(x) for conv in self.convs]
        maps[-1] = F.interpolate(maps[-1], x.shape[2:], mode='bilinear', align_corners=False)
        return self.project(torch.cat(maps, 1))
