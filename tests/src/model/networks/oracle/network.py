"""Robust Video Matting with MobileNetV3-Large or ResNet-50 in plain PyTorch, to compare the C++ networks with.

Written from the description of the blocks (Howard et al., ICCV 2019; Lin et al., WACV 2022), for clarity and not for speed.
Names equal those of the published state dicts.
"""
import torch
from torch import nn
from torch.nn import functional as F

from resnet import ResNet

# in, kernel, expanded, out, squeeze, hardswish, stride, dilation
BLOCKS = [
    (16, 3, 16, 16, 0, False, 1, 1),
    (16, 3, 64, 24, 0, False, 2, 1),
    (24, 3, 72, 24, 0, False, 1, 1),
    (24, 5, 72, 40, 24, False, 2, 1),
    (40, 5, 120, 40, 32, False, 1, 1),
    (40, 5, 120, 40, 32, False, 1, 1),
    (40, 3, 240, 80, 0, True, 2, 1),
    (80, 3, 200, 80, 0, True, 1, 1),
    (80, 3, 184, 80, 0, True, 1, 1),
    (80, 3, 184, 80, 0, True, 1, 1),
    (80, 3, 480, 112, 120, True, 1, 1),
    (112, 3, 672, 112, 168, True, 1, 1),
    (112, 5, 672, 160, 168, True, 1, 2),
    (160, 5, 960, 160, 240, True, 1, 2),
    (160, 5, 960, 160, 240, True, 1, 2),
]


def conv_norm(inputs, outputs, kernel, stride=1, dilation=1, groups=1, act=None):
    padding = (kernel - 1) // 2 * dilation
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False),
              nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)]
    return nn.Sequential(*layers, *([act()] if act else []))


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, squeeze):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeeze, 1)
        self.fc2 = nn.Conv2d(squeeze, channels, 1)

    def forward(self, x):
        gate = self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.clamp(gate / 6 + 0.5, 0, 1)


class Bottleneck(nn.Module):
    def __init__(self, inputs, kernel, expanded, outputs, squeeze, hardswish, stride, dilation):
        super().__init__()
        act = nn.Hardswish if hardswish else nn.ReLU
        layers = [conv_norm(inputs, expanded, 1, act=act)] if expanded != inputs else []
        layers.append(conv_norm(expanded, expanded, kernel, stride, dilation, expanded, act))
        if squeeze:
            layers.append(SqueezeExcitation(expanded, squeeze))
        layers.append(conv_norm(expanded, outputs, 1))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.block(x) if self.residual else self.block(x)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        first = conv_norm(3, 16, 3, stride=2, act=nn.Hardswish)
        last = conv_norm(160, 960, 1, act=nn.Hardswish)
        self.features = nn.Sequential(first, *[Bottleneck(*block) for block in BLOCKS], last)

    def forward(self, x):
        mean = torch.tensor([0.485, 0.456, 0.406], dtype=x.dtype).view(1, 3, 1, 1)
        deviation = torch.tensor([0.229, 0.224, 0.225], dtype=x.dtype).view(1, 3, 1, 1)
        x = (x - mean) / deviation
        taps = []
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in (1, 3, 6, 16):
                taps.append(x)
        return taps


class ResNetEncoder(ResNet):
    """Takes the frames as they are: no ImageNet normalisation."""

    def __init__(self, base):
        super().__init__(base=base, output_stride=16)

    def forward(self, x):
        maps = super().forward(x)
        return maps[0], maps[1], maps[2], maps[4]


class LrAspp(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.aspp1 = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.aspp2 = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inputs, outputs, 1, bias=False), nn.Sigmoid())

    def forward(self, x):
        return self.aspp1(x) * self.aspp2(x)


class ConvGru(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.ih = nn.Sequential(nn.Conv2d(2 * channels, 2 * channels, 3, padding=1), nn.Sigmoid())
        self.hh = nn.Sequential(nn.Conv2d(2 * channels, channels, 3, padding=1), nn.Tanh())

    def forward(self, x, h):
        if h is None:
            h = torch.zeros_like(x)
        r, z = self.ih(torch.cat([x, h], 1)).chunk(2, 1)
        c = self.hh(torch.cat([x, r * h], 1))
        return (1 - z) * h + z * c


def half_through_gru(gru, x, h):
    a, b = x.chunk(2, 1)
    h = gru(b, h)
    return torch.cat([a, h], 1), h


def upsampled_beside(x, skip):
    x = F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)
    return x[:, :, :skip.shape[2], :skip.shape[3]]


# Decoder blocks hold their layers only: what runs once for all frames and what runs frame after frame is up to `Matting.clip`.
class Bottom(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gru = ConvGru(channels // 2)


class Up(nn.Module):
    def __init__(self, inputs, skip, outputs):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(inputs + skip + 3, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs),
                                  nn.ReLU())
        self.gru = ConvGru(outputs // 2)


class Output(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(inputs + 3, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())

    def forward(self, x, rgb):
        return self.conv(torch.cat([upsampled_beside(x, rgb), rgb], 1))


class Decoder(nn.Module):
    """features: of f1, f2, f3 and of what LrAspp gives; outputs: of decode3, 2, 1, 0."""

    def __init__(self, features, outputs):
        super().__init__()
        self.decode4 = Bottom(features[3])
        self.decode3 = Up(features[3], features[2], outputs[0])
        self.decode2 = Up(outputs[0], features[1], outputs[1])
        self.decode1 = Up(outputs[1], features[0], outputs[2])
        self.decode0 = Output(outputs[2], outputs[3])


class Projection(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        return self.conv(x)


class Refiner(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.box_filter = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        self.conv = nn.Sequential(nn.Conv2d(8 + hidden, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(),
                                  nn.Conv2d(hidden, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(),
                                  nn.Conv2d(hidden, 4, 1))

    def forward(self, fine, small, y, hidden):
        fine_x = torch.cat([fine, fine.mean(1, keepdim=True)], 1)
        x = torch.cat([small, small.mean(1, keepdim=True)], 1)
        mean_x, mean_y = self.box_filter(x), self.box_filter(y)
        covariance = self.box_filter(x * y) - mean_x * mean_y
        variance = self.box_filter(x * x) - mean_x * mean_x
        a = self.conv(torch.cat([covariance, variance, hidden], 1))
        b = mean_y - a * mean_x
        size = fine.shape[2:]
        a = F.interpolate(a, size, mode='bilinear', align_corners=False)
        b = F.interpolate(b, size, mode='bilinear', align_corners=False)
        return a * fine_x + b


class Matting(nn.Module):
    """Everything but the recurrence treats the frames of all clips as one batch: batch statistics are those of all frames.

    encoder: gives f1 .. f4; aspp: channels of f4 and of what LrAspp makes of it; features, decoder: those of Decoder.
    """

    def __init__(self, encoder, aspp, features, decoder):
        super().__init__()
        self.backbone = encoder
        self.aspp = LrAspp(*aspp)
        self.decoder = Decoder(features, decoder)
        self.project_mat = Projection(decoder[3], 4)
        self.project_seg = Projection(decoder[3], 1)
        self.refiner = Refiner(decoder[3])

    def forward(self, frame):
        """One frame [B,3,H,W] from the start: alpha and foreground."""
        alpha, foreground, _, _ = self.clip(frame[:, None])
        return alpha, foreground

    def clip(self, frames, states=(None,) * 4, ratio=1):
        """frames [B,T,3,H,W] -> (alpha, foreground, logits, states r1..r4); alpha and foreground are not clamped."""
        batch, time = frames.shape[:2]
        fine = frames.flatten(0, 1)
        small = fine
        if ratio != 1:
            small = F.interpolate(fine, scale_factor=ratio, mode='bilinear', align_corners=False,
                                  recompute_scale_factor=False)
        f1, f2, f3, f4 = self.backbone(small)
        f4 = self.aspp(f4)
        s1, s2, s3 = self.pyramid(small)
        d = self.decoder
        states = list(states)
        x, states[3] = self.recur(d.decode4.gru, f4, states[3], batch, time)
        for at, block, feature, rgb in ((2, d.decode3, f3, s3), (1, d.decode2, f2, s2), (0, d.decode1, f1, s1)):
            x = block.conv(torch.cat([upsampled_beside(x, rgb), feature, rgb], 1))
            x, states[at] = self.recur(block.gru, x, states[at], batch, time)
        hidden = d.decode0(x, small)
        out = self.project_mat(hidden)
        if ratio != 1:
            out = self.refiner(fine, small, out, hidden)
        unfold = lambda tensor: tensor.unflatten(0, (batch, time))
        residual, alpha = out.split([3, 1], 1)
        return unfold(alpha), unfold(residual + fine), unfold(self.project_seg(hidden)), states

    @staticmethod
    def pyramid(rgb):
        levels = []
        for _ in range(3):
            rgb = F.avg_pool2d(rgb, 2, 2, ceil_mode=True, count_include_pad=False)
            levels.append(rgb)
        return levels

    @staticmethod
    def recur(gru, x, h, batch, time):
        frames = x.unflatten(0, (batch, time))
        outputs = []
        for t in range(time):
            out, h = half_through_gru(gru, frames[:, t], h)
            outputs.append(out)
        return torch.stack(outputs, 1).flatten(0, 1), h


def mobilenetv3_matting():
    return Matting(Encoder(), (960, 128), (16, 24, 40, 128), (80, 40, 32, 16))


def resnet50_matting(base=64):
    """base 64 is the published network; 16 is a quarter of its width, where no part has less than 8 channels."""
    decoder = [max(8, channels * base // 64) for channels in (128, 64, 32, 16)]
    return Matting(ResNetEncoder(base), (32 * base, 4 * base), (base, 4 * base, 8 * base, 4 * base), decoder)
