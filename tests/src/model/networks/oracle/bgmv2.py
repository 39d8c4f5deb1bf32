"""BackgroundMattingV2 (Lin et al., CVPR 2021) in plain PyTorch, to compare the C++ networks with.

Written from the description of its stages, for clarity and not for speed. Names equal those of the published state dict.
"""
import torch
from torch import nn
from torch.nn import functional as F

from aspp import Aspp
from mobilenet_v2 import MobileNetV2
from resnet import Bottleneck, ResNet
from still import scaled


def to_size(x, size):
    return F.interpolate(x, size, mode='bilinear', align_corners=False)


class Decoder(nn.Module):
    def __init__(self, channels, skips, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(channels[0] + skips[0], channels[1], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels[1])
        self.conv2 = nn.Conv2d(channels[1] + skips[1], channels[2], 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels[2])
        self.conv3 = nn.Conv2d(channels[2] + skips[2], channels[3], 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels[3])
        self.conv4 = nn.Conv2d(channels[3] + 6, outputs, 3, padding=1)

    def forward(self, x, skips):
        x = F.relu(self.bn1(self.conv1(torch.cat([to_size(x, skips[0].shape[2:]), skips[0]], 1))))
        x = F.relu(self.bn2(self.conv2(torch.cat([to_size(x, skips[1].shape[2:]), skips[1]], 1))))
        x = F.relu(self.bn3(self.conv3(torch.cat([to_size(x, skips[2].shape[2:]), skips[2]], 1))))
        return self.conv4(torch.cat([to_size(x, skips[3].shape[2:]), skips[3]], 1))


class Refiner(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.conv1 = nn.Conv2d(hidden + 10, 24, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(24)
        self.conv2 = nn.Conv2d(24, 16, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.conv3 = nn.Conv2d(22, 12, 3, bias=False)
        self.bn3 = nn.BatchNorm2d(12)
        self.conv4 = nn.Conv2d(12, 4, 3)

    def forward(self, both, coarse, whole, places):
        """places: map, row and column of patches of 4x4; whole [N,4,H,W], changed there."""
        n, y, x = places
        height, width = both.shape[2:]
        small = (height // 2, width // 2)
        half = F.pad(torch.cat([to_size(coarse, small), to_size(both, small)], 1), (3, 3, 3, 3))
        full = F.pad(both, (2, 2, 2, 2))
        a = half.unfold(2, 8, 2).unfold(3, 8, 2)[n, :, y, x]
        b = full.unfold(2, 8, 4).unfold(3, 8, 4)[n, :, y, x]
        a = F.relu(self.bn1(self.conv1(a)))
        a = F.relu(self.bn2(self.conv2(a)))
        a = a.repeat_interleave(2, 2).repeat_interleave(2, 3)
        a = F.relu(self.bn3(self.conv3(torch.cat([a, b], 1))))
        tiles = whole.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).clone()  # [N,h,w,4,4,4]
        tiles[n, y, x] = self.conv4(a)
        return tiles.permute(0, 3, 1, 4, 2, 5).reshape(whole.shape)


class Bgmv2(nn.Module):
    """frames and the guide background [N,3,H,W] RGB 0..1, sides multiples of 4 -> alpha, foreground, in training the coarse
    network's parts. refine: 'sampling', a share of the patches; 'thresholding', those above an error; 'full', 'none'."""
    GUIDES, MULTIPLE = ('background',), 4

    def __init__(self, resnet=False, width=1.0, scale=0.25, refine='sampling', share=0.0386, threshold=0.1):
        super().__init__()
        self.scale, self.refine, self.share, self.threshold = scale, refine, share, threshold
        if resnet:
            base = scaled(64, width)
            self.backbone = ResNet(Bottleneck, (3, 4, 6, 3), inputs=6, base=base, output_stride=16)
            channels = [base, 4 * base, 8 * base, 32 * base]
        else:
            self.backbone = MobileNetV2(6, width, output_stride=16, last=False)
            channels = [scaled(c, width) for c in (16, 24, 32, 320)]
        widths = [scaled(c, width) for c in (256, 128, 64, 48)]
        hidden = scaled(32, width)
        self.aspp = Aspp(channels[3], widths[0], (3, 6, 9))
        self.decoder = Decoder(widths, [channels[2], channels[1], channels[0]], 5 + hidden)
        self.refiner = Refiner(hidden)
        with torch.no_grad():  # what comes out is within range mostly, so that clamps hide nothing
            for last in (self.decoder.conv4, self.refiner.conv4):
                last.weight.mul_(0.3)
                last.bias[0] = 0.5
            self.decoder.conv4.bias[4] = 0.3

    def forward(self, frames, guides):
        both = torch.cat([frames, guides['background']], 1)
        height, width = both.shape[2:]
        small = both
        if self.scale != 1:
            small = F.interpolate(both, scale_factor=self.scale, mode='bilinear', align_corners=False,
                                  recompute_scale_factor=False)
        maps = self.backbone(small)
        out = self.decoder(self.aspp(maps[4]), [maps[2], maps[1], maps[0], small])
        alpha, residual, error, hidden = out[:, :1], out[:, 1:4], out[:, 4:5], F.relu(out[:, 5:])
        start = alpha if self.training else alpha.clamp(0, 1)
        whole = to_size(torch.cat([start, residual], 1), (height, width))
        if self.refine != 'none':
            places = self.places(to_size(error.detach().clamp(0, 1), (height // 4, width // 4))[:, 0])
            whole = self.refiner(both, torch.cat([hidden, alpha.clamp(0, 1), residual], 1), whole, places)
        foreground = (whole[:, 1:] + frames).clamp(0, 1)
        if not self.training:
            return {'alpha': whole[:, :1].clamp(0, 1), 'foreground': foreground}
        return {'alpha': whole[:, :1], 'foreground': foreground, 'parts.coarse_alpha': alpha, 'parts.error': error,
                'parts.coarse_foreground': (residual + small[:, :3]).clamp(0, 1)}

    def places(self, error):
        """error [N,h,w]; of every map at least the place of its largest."""
        found = []
        for n, values in enumerate(error.tolist()):
            cells = [(value, y, x) for y, row in enumerate(values) for x, value in enumerate(row)]
            cells.sort(key=lambda cell: -cell[0])  # stable: of equal ones the first
            if self.refine == 'sampling':
                chosen = cells[:max(1, int(len(cells) * self.share))]
            elif self.refine == 'thresholding':
                chosen = [cells[0]] + [cell for cell in cells[1:] if cell[0] > self.threshold]
            else:
                chosen = cells
            found += [(n, y, x) for _, y, x in chosen]
        return tuple(torch.tensor(found).t())


STILL = {
    'bgmv2_mobilenetv2': lambda: Bgmv2(width=0.25, scale=0.5, share=0.2),
    'bgmv2_resnet50': lambda: Bgmv2(resnet=True, width=0.25),
    'bgmv2_thresholding': lambda: Bgmv2(width=0.25, scale=0.5, refine='thresholding', threshold=0.6),
    'bgmv2_full': lambda: Bgmv2(width=0.25, scale=0.5, refine='full'),
}
