"""IamAlpha (BMVC 2021), with the widths that the toolkit gives it, in plain PyTorch, to compare the C++ network with.

Written from the description of the blocks, for clarity and not for speed.
"""
import torch
from torch import nn
from torch.nn import functional as F

from still import imagenet, scaled


class Residual(nn.Module):
    """1x1, 3x3, 1x1 beside a shortcut; `inner` channels between."""

    def __init__(self, inputs, inner, outputs, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        shortcut = self.downsample(x) if self.downsample else x
        return F.relu(self.bn3(self.conv3(y)) + shortcut)


class Encoder(nn.Module):
    """ResNet-50 at half width, of four channels."""

    def __init__(self, width):
        super().__init__()
        self.channels = [scaled(64, width / 2)]
        self.conv1 = nn.Conv2d(4, self.channels[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(self.channels[0])
        inputs = self.channels[0]
        for stage, count in enumerate((3, 4, 6, 3)):
            planes = scaled(64 * 2**stage, width / 2)
            blocks = []
            for i in range(count):
                blocks.append(Residual(inputs, planes, 4 * planes, 2 if stage > 0 and i == 0 else 1))
                inputs = 4 * planes
            setattr(self, 'layer%d' % (stage + 1), nn.Sequential(*blocks))
            self.channels.append(inputs)

    def forward(self, x):
        maps = [F.relu(self.bn1(self.conv1(x)))]
        x = F.max_pool2d(maps[0], 3, 2, 1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            maps.append(x)
        return maps


def enlarged(x, scale=2):
    return F.interpolate(x, scale_factor=scale, mode='bilinear', align_corners=False)


def half(inputs, outputs):
    return Residual(inputs, outputs // 2, outputs)


class AlphaDecoder(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        c = [scaled(count, width) for count in (1024, 512, 128, 64, 32, 16)]
        self.bottom = nn.Sequential(half(features[4], c[0]), half(c[0], c[0]))
        self.level4 = nn.Sequential(half(c[0], c[1]))
        self.level3 = nn.Sequential(half(c[1] + features[2], c[2]))
        self.level2 = nn.Sequential(half(c[2] + features[1], c[3]))
        self.level1 = nn.Sequential(half(c[3] + features[0], c[4]))
        self.level0 = nn.Sequential(half(c[4] + 3, c[5]))
        self.prediction = nn.Conv2d(c[5], 1, 3, padding=1)

    def forward(self, maps, picture):
        x = self.level4(enlarged(self.bottom(maps[4])))
        x = self.level3(torch.cat([enlarged(x), maps[2]], 1))
        x = self.level2(torch.cat([enlarged(x), maps[1]], 1))
        x = self.level1(torch.cat([enlarged(x), maps[0]], 1))
        return self.prediction(self.level0(torch.cat([enlarged(x), picture], 1)))


class TrimapDecoder(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        c = scaled(256, width), scaled(128, width)
        self.bottom = nn.Sequential(half(features[4], c[0]))
        self.level4 = nn.Sequential(half(c[0] + features[3], c[1]))
        self.prediction = nn.Conv2d(c[1], 3, 1)

    def forward(self, maps):
        return self.prediction(self.level4(torch.cat([enlarged(self.bottom(maps[4])), maps[3]], 1)))


class IamAlpha(nn.Module):
    GUIDES, MULTIPLE = ('trimap',), 32

    def __init__(self, width):
        super().__init__()
        self.backbone = Encoder(width)
        self.decoder = AlphaDecoder(self.backbone.channels, width)
        self.trimap_decoder = TrimapDecoder(self.backbone.channels, width)

    def forward(self, frames, guides):
        picture = imagenet(frames)
        maps = self.backbone(torch.cat([picture, guides['trimap']], 1))
        out = {'alpha': torch.sigmoid(self.decoder(maps, picture))}
        if self.training:
            out['parts.trimap_logits'] = enlarged(self.trimap_decoder(maps), 16)
        return out


STILL = {'iamalpha': lambda: IamAlpha(0.25)}
