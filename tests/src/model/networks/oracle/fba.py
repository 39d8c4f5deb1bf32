"""FBA Matting (Forte & Pitie, 2020) in plain PyTorch, to compare the C++ network with.

Written from the description of the network, for clarity and not for speed. Names equal those of the public state dict.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from resnet import ResNet, StandardisedConv
from still import imagenet

SIGMAS = (6.4, 25.6, 51.2)  # pixels


def squared_distances(mask):
    """mask [H,W] bool -> [H,W] double: the least squared distance to a set pixel, by its definition."""
    height, width = mask.shape
    set_y, set_x = mask.nonzero(as_tuple=True)
    if len(set_y) == 0:
        return torch.full((height, width), math.inf, dtype=torch.float64)
    across = (torch.arange(width)[:, None] - set_x) ** 2
    return torch.stack([(across + (y - set_y) ** 2).min(1).values for y in range(height)]).double()


def trimap_channels(trimap):
    """trimap [N,1,H,W] of 0, 0.5, 1 -> what the encoder sees of it: six channels of nearness, and two classes."""
    classes = torch.cat([trimap == 0, trimap == 1], 1)
    near = []
    for picture in classes:
        squared = [squared_distances(mask) for mask in picture]
        near.append(torch.stack([torch.exp(-d / (2 * sigma * sigma)) for d in squared for sigma in SIGMAS]))
    return torch.stack(near).to(trimap.dtype), classes.to(trimap.dtype)


def layer(groups, inputs, outputs, kernel):
    return [StandardisedConv(inputs, outputs, kernel, padding=kernel // 2), nn.GroupNorm(math.gcd(groups, outputs), outputs),
            nn.LeakyReLU(0.01)]


class Decoder(nn.Module):
    """base: channels of the encoder's first convolution, 64 in the published network."""

    def __init__(self, base):
        super().__init__()
        groups, wide, last = base // 2, 4 * base, [max(8, base // 2), max(8, base // 4)]
        self.ppm = nn.ModuleList([nn.Sequential(nn.AdaptiveAvgPool2d(side), *layer(groups, 32 * base, wide, 1))
                                  for side in (1, 2, 3, 6)])
        self.conv_up1 = nn.Sequential(*layer(groups, 32 * base + 4 * wide, wide, 3), *layer(groups, wide, wide, 3))
        self.conv_up2 = nn.Sequential(*layer(groups, wide + 4 * base, wide, 3))
        self.conv_up3 = nn.Sequential(*layer(groups, wide + base, base, 3))
        self.conv_up4 = nn.Sequential(nn.Conv2d(base + 8, last[0], 3, padding=1), nn.LeakyReLU(),
                                      nn.Conv2d(last[0], last[1], 3, padding=1), nn.LeakyReLU(), nn.Conv2d(last[1], 7, 1))

    def forward(self, maps, full):
        twice = lambda x: F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)
        top = maps[4]
        pooled = [F.interpolate(level(top), top.shape[2:], mode='bilinear', align_corners=False) for level in self.ppm]
        x = twice(self.conv_up1(torch.cat([top, *pooled], 1)))
        x = twice(self.conv_up2(torch.cat([x, maps[1]], 1)))
        x = twice(self.conv_up3(torch.cat([x, maps[0]], 1)))
        return self.conv_up4(torch.cat([x, full], 1))


def fuse(alpha, foreground, background, image):
    rest = image - alpha * foreground - (1 - alpha) * background
    foreground = foreground + alpha * rest
    rest = image - alpha * foreground - (1 - alpha) * background
    background = background + (1 - alpha) * rest
    foreground, background = foreground.clamp(0, 1), background.clamp(0, 1)
    along = ((image - background) * (foreground - background)).sum(1, keepdim=True)
    length = ((foreground - background) ** 2).sum(1, keepdim=True)
    return ((0.1 * alpha + along) / (0.1 + length)).clamp(0, 1), foreground, background


class Fba(nn.Module):
    GUIDES, MULTIPLE = ('trimap',), 8

    def __init__(self, base=64):
        super().__init__()
        self.encoder = ResNet(inputs=11, base=base, group=base // 2, output_stride=8)
        self.decoder = Decoder(base)

    def forward(self, image, guides):
        """image [N,3,H,W] of sides that 8 divides. What it tells is fused in evaluation."""
        colours = imagenet(image)
        near, classes = trimap_channels(guides['trimap'])
        out = self.decoder(self.encoder(torch.cat([colours, near, classes], 1)), torch.cat([colours, image, classes], 1))
        alpha, foreground, background = out[:, :1], torch.sigmoid(out[:, 1:4]), torch.sigmoid(out[:, 4:])
        if not self.training:
            alpha, foreground, background = fuse(alpha.clamp(0, 1), foreground, background, image)
        return {'alpha': alpha, 'foreground': foreground, 'background': background}


def narrow_fba():
    """At a quarter of the published width; alpha and the colours differ from place to place."""
    network = Fba(16)
    with torch.no_grad():
        network.decoder.conv_up4[4].weight.mul_(4)
        network.decoder.conv_up4[4].bias[0] = 0.5
    return network


STILL = {'fba': narrow_fba}
