"""Guided contextual attention matting (Li & Lu, AAAI 2020) in plain PyTorch, to compare the C++ network with.

Written from the description of the blocks, for clarity and not for speed: the attention goes sample by sample, its similarities
and its sums are convolutions with the sample's own patches. Names equal those of the published state dict.
"""
import torch
from torch import nn
from torch.nn import functional as F

from still import imagenet, scaled

LEAST_LENGTH, SELF_PENALTY = 1e-4, -1e4


def unit(vector):
    return vector / (vector.norm() + 1e-12)


class Weight(nn.Module):
    """A convolution's weight beside the singular vectors of its matrix [first dimension, all others]."""

    def __init__(self, *shape):
        super().__init__()
        self.weight_bar = nn.Parameter(torch.empty(shape))
        nn.init.xavier_uniform_(self.weight_bar)
        rows = shape[0]
        self.register_buffer('weight_u', unit(torch.randn(rows)))
        self.register_buffer('weight_v', unit(torch.randn(self.weight_bar.numel() // rows)))

    def forward(self):
        matrix = self.weight_bar.flatten(1)
        if self.training:
            with torch.no_grad():
                self.weight_v = unit(matrix.t() @ self.weight_u)
                self.weight_u = unit(matrix @ self.weight_v)
        return self.weight_bar / (self.weight_u @ matrix @ self.weight_v)


class Conv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=None):
        super().__init__()
        self.module = Weight(outputs, inputs, kernel, kernel)
        self.stride, self.padding = stride, kernel // 2 if padding is None else padding

    def forward(self, x):
        return F.conv2d(x, self.module(), None, self.stride, self.padding)


class Enlarge(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.module = Weight(channels, channels, 4, 4)

    def forward(self, x):
        return F.conv_transpose2d(x, self.module(), None, 2, 1)


class Down(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = Conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = Conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        if stride > 1:
            self.downsample = nn.Sequential(nn.AvgPool2d(2), Conv(inputs, outputs, 1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if hasattr(self, 'downsample') else x))


class Up(nn.Module):
    def __init__(self, inputs, outputs, enlarges):
        super().__init__()
        self.conv1, self.bn1 = Enlarge(inputs) if enlarges else Conv(inputs, inputs, 3), nn.BatchNorm2d(inputs)
        self.conv2, self.bn2 = Conv(inputs, outputs, 3), nn.BatchNorm2d(outputs)
        if enlarges:
            self.upsample = nn.Sequential(nn.Upsample(scale_factor=2), Conv(inputs, outputs, 1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.leaky_relu(self.bn1(self.conv1(x)), 0.2)))
        return F.leaky_relu(y + (self.upsample(x) if hasattr(self, 'upsample') else x), 0.2)


def down_layer(inputs, outputs, blocks, stride):
    return nn.Sequential(*[Down(outputs if i else inputs, outputs, 1 if i else stride) for i in range(blocks)])


def up_layer(inputs, outputs, blocks):
    return nn.Sequential(*[Up(outputs if i else inputs, outputs, i == 0) for i in range(blocks)])


class Attention(nn.Module):
    def __init__(self, channels, guidance):
        super().__init__()
        self.guidance_conv = nn.Conv2d(guidance, guidance // 2, 1)
        self.W = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, alpha, guidance, unknown):
        guidance = F.interpolate(self.guidance_conv(guidance), scale_factor=0.5, mode='nearest')
        unknown = F.interpolate(unknown, scale_factor=0.5, mode='nearest')
        moved = [self.sample(*maps) for maps in zip(alpha.split(1), guidance.split(1), unknown.split(1))]
        return self.W(torch.cat(moved)) + alpha

    def sample(self, alpha, guidance, unknown):
        height, width = guidance.shape[2:]
        patches = lambda x, side, stride: F.unfold(F.pad(x, (1,) * 4, 'reflect'), side, stride=stride)[0].t()
        keys = patches(guidance, 3, 1)
        keys = (keys / keys.norm(dim=1, keepdim=True).clamp(min=LEAST_LENGTH)).unflatten(1, (-1, 3, 3))
        score = F.conv2d(F.pad(guidance, (1,) * 4, 'reflect'), keys)  # [1,keys,height,width]
        is_unknown = patches(unknown, 3, 1).amax(1) > 0
        share = unknown.mean()
        of_unknown, of_known = [torch.sqrt(a / b).clamp(0.1, 10) for a, b in ((share, 1 - share), (1 - share, share))]
        score = score * torch.where(is_unknown, of_unknown, of_known).view(1, -1, 1, 1)
        own = torch.eye(height * width, dtype=score.dtype) * is_unknown * SELF_PENALTY
        attention = torch.softmax(score + own.view(1, -1, height, width), 1)
        values = patches(alpha, 4, 2).unflatten(1, (-1, 4, 4))
        return F.conv_transpose2d(attention, values, stride=2, padding=1) / 4


class Encoder(nn.Module):
    def __init__(self, c, g):
        super().__init__()
        self.conv1, self.bn1 = Conv(6, c[0], 3, 2), nn.BatchNorm2d(c[0])
        self.conv2, self.bn2 = Conv(c[0], c[0], 3), nn.BatchNorm2d(c[0])
        self.conv3, self.bn3 = Conv(c[0], c[1], 3, 2), nn.BatchNorm2d(c[1])
        self.layer1 = down_layer(c[1], c[1], 3, 1)
        self.layer2 = down_layer(c[1], c[2], 4, 2)
        self.layer3 = down_layer(c[2], c[3], 4, 2)
        self.layer_bottleneck = down_layer(c[3], c[4], 2, 2)
        sides = [(6, c[0]), (c[0], c[0]), (c[1], c[1]), (c[2], c[2]), (c[3], c[3])]
        self.shortcut = nn.ModuleList(nn.Sequential(Conv(a, b, 3), nn.ReLU(), nn.BatchNorm2d(b), Conv(b, b, 3), nn.ReLU(),
                                                    nn.BatchNorm2d(b)) for a, b in sides)
        steps = []
        for a, b in zip([3] + g[:2], g):
            steps += [nn.ReflectionPad2d(1), Conv(a, b, 3, 2, 0), nn.ReLU(), nn.BatchNorm2d(b)]
        self.guidance_head = nn.Sequential(*steps)
        self.gca = Attention(c[2], g[2])

    def forward(self, x):
        guidance = self.guidance_head(x[:, :3])
        unknown = F.interpolate(x[:, 4:5], scale_factor=1 / 8, mode='nearest')
        x1 = F.relu(self.bn1(self.conv1(x)))
        x1 = F.relu(self.bn2(self.conv2(x1)))
        x2 = self.layer1(F.relu(self.bn3(self.conv3(x1))))
        x3 = self.gca(self.layer2(x2), guidance, unknown)
        x4 = self.layer3(x3)
        skips = [side(y) for side, y in zip(self.shortcut, (x, x1, x2, x3, x4))]
        return self.layer_bottleneck(x4), skips, guidance, unknown


class Decoder(nn.Module):
    def __init__(self, c, g):
        super().__init__()
        self.layer1 = up_layer(c[4], c[3], 2)
        self.layer2 = up_layer(c[3], c[2], 3)
        self.layer3 = up_layer(c[2], c[1], 3)
        self.layer4 = up_layer(c[1], c[0], 2)
        self.conv1, self.bn1 = Enlarge(c[0]), nn.BatchNorm2d(c[0])
        self.conv2 = nn.Conv2d(c[0], 1, 3, padding=1)
        self.gca = Attention(c[2], g[2])

    def forward(self, x, skips, guidance, unknown):
        x = self.layer1(x) + skips[4]
        x = self.gca(self.layer2(x) + skips[3], guidance, unknown)
        x = self.layer3(x) + skips[2]
        x = self.layer4(x) + skips[1]
        x = F.leaky_relu(self.bn1(self.conv1(x)), 0.2) + skips[0]
        return (torch.tanh(self.conv2(x)) + 1) / 2


class Gca(nn.Module):
    GUIDES, MULTIPLE = ('trimap',), 32

    def __init__(self, width=1):
        super().__init__()
        c = [scaled(n, width) for n in (32, 64, 128, 256, 512)]
        g = [scaled(n, width) for n in (16, 32, 128)]
        self.encoder, self.decoder = Encoder(c, g), Decoder(c, g)
        for module in self.modules():
            if isinstance(module, (Down, Up)):
                nn.init.zeros_(module.bn2.weight)
            if isinstance(module, Attention):
                nn.init.constant_(module.W[1].weight, 1e-3)

    def forward(self, frames, guides):
        """frames [N,3,H,W] RGB 0..1, a trimap of 0, 0.5 and 1 -> alpha; in evaluation known areas are the trimap's."""
        trimap = guides['trimap']
        one_hot = torch.cat([trimap == 0, trimap == 0.5, trimap == 1], 1).to(frames.dtype)
        alpha = self.decoder(*self.encoder(torch.cat([imagenet(frames), one_hot], 1)))
        return {'alpha': alpha if self.training else torch.where(trimap == 0.5, alpha, trimap)}


STILL = {'gca': lambda: Gca(0.25)}
