"""Context-aware matting (Hou & Liu, ICCV 2019) in plain PyTorch, to compare the C++ network with.

Written from the description of the blocks (Chollet, CVPR 2017; Chen et al., ECCV 2018), for clarity and not for speed.
"""
import torch
from torch import nn
from torch.nn import functional as F

from still import scaled

LEVELS = (48, 64)  # channels of a side's projection, and of a decoder


def conv_norm(inputs, outputs, kernel, stride=1, eps=1e-5, relu=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs, eps)]
    return nn.Sequential(*layers, *([nn.ReLU()] if relu else []))


class Separable(nn.Module):
    """Depthwise and pointwise convolution, each with its norm; `inside`: a ReLU after each, else one before both."""

    def __init__(self, inputs, outputs, stride=1, rate=1, inside=False, eps=1e-3):
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride, rate, rate, inputs, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(inputs, eps)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm2d(outputs, eps)
        self.inside = inside

    def forward(self, x):
        after = F.relu if self.inside else lambda y: y
        x = x if self.inside else F.relu(x)
        return after(self.pointwise_norm(self.pointwise(after(self.depthwise_norm(self.depthwise(x))))))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride=1, rate=1, skip='conv'):
        super().__init__()
        sizes = [inputs] + outputs
        for i in range(3):
            self.add_module('separable%d' % (i + 1), Separable(sizes[i], sizes[i + 1], stride if i == 2 else 1, rate,
                                                               inside=skip == 'none'))
        if skip == 'conv':
            self.shortcut = conv_norm(inputs, outputs[2], 1, stride, 1e-3, relu=False)
        self.skip = skip

    def forward(self, x):
        tap = self.separable2(self.separable1(x))
        y = self.separable3(tap)
        return (y + self.shortcut(x) if self.skip == 'conv' else y + x if self.skip == 'sum' else y), tap


class Xception(nn.Module):
    """Once the output stride is reached, a block's stride becomes a dilation of all that follow it."""

    def __init__(self, inputs, output_stride, width):
        super().__init__()
        s = lambda *channels: [scaled(c, width) for c in channels]
        self.conv1 = conv_norm(inputs, s(32)[0], 3, 2, 1e-3)
        self.conv2 = conv_norm(s(32)[0], s(64)[0], 3, 1, 1e-3)
        self.stride, self.rate, self.limit = 2, 1, output_stride
        self.entry = nn.ModuleList([self.block(s(64)[0], s(128, 128, 128), 2), self.block(s(128)[0], s(256, 256, 256), 2),
                                    self.block(s(256)[0], s(728, 728, 728), 2)])
        self.middle = nn.ModuleList(self.block(s(728)[0], s(728, 728, 728), 1, 'sum') for _ in range(16))
        self.exit = nn.ModuleList([self.block(s(728)[0], s(728, 1024, 1024), 2),
                                   self.block(s(1024)[0], s(1536, 1536, 2048), 1, 'none')])

    def block(self, inputs, outputs, stride, skip='conv'):
        reached = self.stride * stride > self.limit
        made = Block(inputs, outputs, 1 if reached else stride, self.rate, skip)
        if reached:
            self.rate *= stride
        else:
            self.stride *= stride
        return made

    def forward(self, x):
        x, taps = self.conv2(self.conv1(x)), []
        for block in self.entry:
            x, tap = block(x)
            taps.append(tap)
        for block in list(self.middle) + list(self.exit):
            x, _ = block(x)
        return x, taps


class Pyramid(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.image = conv_norm(inputs, outputs, 1)
        self.point = conv_norm(inputs, outputs, 1)
        self.atrous = nn.ModuleList(Separable(inputs, outputs, 1, rate, True, 1e-5) for rate in (3, 6, 9))
        self.join = conv_norm(5 * outputs, outputs, 1)

    def forward(self, x):
        mean = self.image(x.mean((2, 3), keepdim=True))
        parts = [mean.expand(-1, -1, *x.shape[2:]), self.point(x)] + [branch(x) for branch in self.atrous]
        return self.join(torch.cat(parts, 1))


def enlarged(x, like):
    return F.interpolate(x, like.shape[2:], mode='bilinear', align_corners=True)


class Context(nn.Module):
    def __init__(self, width):
        super().__init__()
        s = lambda c: scaled(c, width)
        self.encoder = Xception(4, 16, width)
        self.aspp = Pyramid(s(2048), s(256))
        self.side = conv_norm(s(256), s(LEVELS[0]), 1)
        self.refine = nn.Sequential(Separable(s(256) + s(LEVELS[0]), s(256), 1, 1, True, 1e-5),
                                    Separable(s(256), s(256), 1, 1, True, 1e-5))
        self.out = conv_norm(s(256), s(8), 3)

    def forward(self, x):
        deep, taps = self.encoder(x)
        return self.out(self.refine(torch.cat([enlarged(self.aspp(deep), taps[1]), self.side(taps[1])], 1)))


class Level(nn.Module):
    def __init__(self, inputs, side, width):
        super().__init__()
        s = lambda c: scaled(c, width)
        self.side = conv_norm(side, s(LEVELS[0]), 1)
        self.conv1 = conv_norm(inputs + s(LEVELS[0]), s(LEVELS[1]), 3)
        self.conv2 = conv_norm(s(LEVELS[1]), s(LEVELS[1]), 3)

    def forward(self, x, side):
        return self.conv2(self.conv1(torch.cat([enlarged(x, side), self.side(side)], 1)))


class Decoder(nn.Module):
    def __init__(self, inputs, outputs, width):
        super().__init__()
        depth = scaled(LEVELS[1], width)
        sides = [scaled(728, width), scaled(256, width), scaled(128, width), 3]
        self.levels = nn.ModuleList(Level(depth if i else inputs, side, width) for i, side in enumerate(sides))
        self.head = nn.Conv2d(depth, outputs, 1)

    def forward(self, x, sides):
        for level, side in zip(self.levels, sides):
            x = level(x, side)
        return self.head(x)


class Matting(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.encoder = Xception(4, 4, width)
        self.aspp = Pyramid(scaled(2048, width), scaled(256, width))


class ContextAware(nn.Module):
    GUIDES, MULTIPLE = ('trimap',), 1

    def __init__(self, width=1):
        super().__init__()
        self.context, self.matting = Context(width), Matting(width)
        joined = scaled(256, width) + scaled(8, width)
        self.alpha_decoder, self.foreground_decoder = Decoder(joined, 1, width), Decoder(joined, 3, width)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for decoder in (self.alpha_decoder, self.foreground_decoder):
            nn.init.xavier_uniform_(decoder.head.weight)

    def forward(self, frames, guides):
        """frames [N,3,H,W] RGB 0..1, a trimap of 0, 0.5 and 1 -> alpha and foreground; in evaluation known areas are the
        trimap's, and the foreground is clipped."""
        trimap = guides['trimap']
        x = torch.cat([frames, trimap], 1) * 2 - 1
        context = self.context(x)
        deep, taps = self.matting.encoder(x)
        joined = torch.cat([self.matting.aspp(deep), context], 1)
        sides = [taps[2], taps[1], taps[0], x[:, :3]]
        alpha = torch.sigmoid(self.alpha_decoder(joined, sides))
        foreground = self.foreground_decoder(joined, sides)
        if self.training:
            return {'alpha': alpha, 'foreground': foreground}
        return {'alpha': torch.where(trimap == 0.5, alpha, trimap), 'foreground': foreground.clamp(0, 1)}


STILL = {'context_aware': lambda: ContextAware(0.1)}
