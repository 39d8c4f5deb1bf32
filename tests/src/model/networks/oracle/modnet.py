"""MODNet (Ke et al., AAAI 2022) in plain PyTorch, to compare the C++ network with.

Written from the description of its branches, for clarity and not for speed. Names equal those of the published state dict,
where the encoder is listed once more under lr_branch.
"""
import torch
from torch import nn
from torch.nn import functional as F

from mobilenet_v2 import MobileNetV2
from still import scaled


def resized(x, factor):
    return F.interpolate(x, scale_factor=factor, mode='bilinear', align_corners=False, recompute_scale_factor=False)


class HalfAndHalf(nn.Module):
    """Batch norm for the first half of the channels, instance norm without weights for the second."""

    def __init__(self, channels):
        super().__init__()
        self.bnorm = nn.BatchNorm2d(channels // 2)

    def forward(self, x):
        first, second = x.chunk(2, 1)
        mean = second.mean((2, 3), keepdim=True)
        variance = (second - mean).pow(2).mean((2, 3), keepdim=True)
        return torch.cat([self.bnorm(first), (second - mean) / (variance + 1e-5).sqrt()], 1)


class Layer(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, plain=False):
        super().__init__()
        conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
        self.layers = nn.Sequential(conv) if plain else nn.Sequential(conv, HalfAndHalf(outputs), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class Squeeze(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channels, channels // 4, bias=False), nn.ReLU(),
                                nn.Linear(channels // 4, channels, bias=False), nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


class Backbone(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.model = MobileNetV2(width=width, flat=True)


class Low(nn.Module):
    def __init__(self, c8, c16, c32):
        super().__init__()
        self.se_block = Squeeze(c32)
        self.conv_lr16x = Layer(c32, c16, 5)
        self.conv_lr8x = Layer(c16, c8, 5)
        self.conv_lr = Layer(c8, 1, 3, 2, plain=True)

    def forward(self, x32):
        x8 = self.conv_lr8x(resized(self.conv_lr16x(resized(self.se_block(x32), 2)), 2))
        return x8, torch.sigmoid(self.conv_lr(x8))


class High(nn.Module):
    def __init__(self, hr, c2, c4, c8):
        super().__init__()
        self.tohr_enc2x = Layer(c2, hr, 1)
        self.conv_enc2x = Layer(hr + 3, hr, 3, 2)
        self.tohr_enc4x = Layer(c4, hr, 1)
        self.conv_enc4x = Layer(2 * hr, 2 * hr, 3)
        self.conv_hr4x = nn.Sequential(Layer(2 * hr + c8 + 3, 2 * hr, 3), Layer(2 * hr, 2 * hr, 3), Layer(2 * hr, hr, 3))
        self.conv_hr2x = nn.Sequential(Layer(2 * hr, 2 * hr, 3), Layer(2 * hr, hr, 3), Layer(hr, hr, 3), Layer(hr, hr, 3))
        self.conv_hr = nn.Sequential(Layer(hr + 3, hr, 3), Layer(hr, 1, 1, plain=True))

    def forward(self, image, x2, x4, x8):
        x2 = self.tohr_enc2x(x2)
        quarter = self.conv_enc2x(torch.cat([resized(image, 0.5), x2], 1))
        quarter = self.conv_enc4x(torch.cat([quarter, self.tohr_enc4x(x4)], 1))
        quarter = self.conv_hr4x(torch.cat([quarter, resized(x8, 2), resized(image, 0.25)], 1))
        half = self.conv_hr2x(torch.cat([resized(quarter, 2), x2], 1))
        return half, torch.sigmoid(self.conv_hr(torch.cat([resized(half, 2), image], 1)))


class Fusion(nn.Module):
    def __init__(self, hr, c8):
        super().__init__()
        self.conv_lr4x = Layer(c8, hr, 5)
        self.conv_f2x = Layer(2 * hr, hr, 3)
        self.conv_f = nn.Sequential(Layer(hr + 3, hr // 2, 3), Layer(hr // 2, 1, 1, plain=True))

    def forward(self, image, x8, half):
        x4 = self.conv_lr4x(resized(x8, 2))
        x2 = self.conv_f2x(torch.cat([resized(x4, 2), half], 1))
        return torch.sigmoid(self.conv_f(torch.cat([resized(x2, 2), image], 1)))


class Modnet(nn.Module):
    """[N,3,H,W] RGB 0..1, sides multiples of 32 -> alpha, and in training what the two other branches say."""
    GUIDES, MULTIPLE = (), 32

    def __init__(self, width=1.0):
        super().__init__()
        hr, c2, c4, c8, c16, c32 = (scaled(channels, width) for channels in (32, 16, 24, 32, 96, 1280))
        self.backbone = Backbone(width)
        self.lr_branch = Low(c8, c16, c32)
        self.hr_branch = High(hr, c2, c4, c8)
        self.f_branch = Fusion(hr, c8)

    def forward(self, frames, guides):
        image = frames * 2 - 1
        x2, x4, _, _, x32 = self.backbone.model(image)
        x8, semantic = self.lr_branch(x32)
        half, detail = self.hr_branch(image, x2, x4, x8)
        alpha = self.f_branch(image, x8, half)
        return {'alpha': alpha, 'parts.semantic': semantic, 'parts.detail': detail} if self.training else {'alpha': alpha}


STILL = {'modnet': lambda: Modnet(0.25)}
