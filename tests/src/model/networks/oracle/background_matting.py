"""Background Matting (Sengupta et al., CVPR 2020) on single pictures in plain PyTorch, to compare the C++ network with.

Written from the description of the blocks, for clarity and not for speed. The motion is looked at.
"""
import torch
from torch import nn

from still import scaled


class Layer(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, reflects=False):
        super().__init__()
        mode = 'reflect' if reflects else 'zeros'
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, padding_mode=mode)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layer1 = Layer(channels, channels, 3, reflects=True)
        self.layer2 = Layer(channels, channels, 3, reflects=True)

    def forward(self, x):
        return x + self.layer2(torch.relu(self.layer1(x)))


class Encoder(nn.Module):
    def __init__(self, inputs, c):
        super().__init__()
        self.layer1 = Layer(inputs, c[0], 7, reflects=True)
        self.layer2 = Layer(c[0], c[1], 3, 2)
        self.layer3 = Layer(c[1], c[2], 3, 2)

    def forward(self, x):
        half = torch.relu(self.layer2(torch.relu(self.layer1(x))))
        return half, torch.relu(self.layer3(half))


class Decoder(nn.Module):
    def __init__(self, outputs, side, c):
        super().__init__()
        self.enlarge = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)
        self.layer1 = Layer(c[2], c[1], 3)
        self.layer2 = Layer(c[1] + side, c[0], 3)
        self.prediction = nn.Conv2d(c[0], outputs, 7, padding=3, padding_mode='reflect')

    def forward(self, x, *side):
        x = torch.relu(self.layer1(self.enlarge(x)))
        x = torch.relu(self.layer2(self.enlarge(torch.cat([x, *side], 1))))
        return self.prediction(x)


def joint(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class BackgroundMatting(nn.Module):
    GUIDES, MULTIPLE = ('background', 'segmentation'), 8

    def __init__(self, width, foreground):
        super().__init__()
        c = [scaled(count, width) for count in (64, 128, 256)]
        self.frame_encoder, self.background_encoder = Encoder(3, c), Encoder(3, c)
        self.segmentation_encoder, self.motion_encoder = Encoder(1, c), Encoder(4, c)
        self.with_background, self.with_segmentation = joint(2 * c[2], c[0]), joint(2 * c[2], c[0])
        self.with_motion, self.switching = joint(2 * c[2], c[0]), joint(c[2] + 3 * c[0], c[2])
        self.trunk = nn.Sequential(*[Block(c[2]) for _ in range(7)])
        self.alpha_trunk = nn.Sequential(*[Block(c[2]) for _ in range(3)])
        self.alpha_decoder = Decoder(1, 0, c)
        self.foreground = foreground
        if foreground:
            self.foreground_trunk = nn.Sequential(*[Block(c[2]) for _ in range(3)])
            self.foreground_decoder = Decoder(3, c[1], c)

    def forward(self, frames, guides):
        frame = frames * 2 - 1
        weights = torch.tensor([0.299, 0.587, 0.114], dtype=frame.dtype).view(1, 3, 1, 1)
        motion = (frame * weights).sum(1, keepdim=True).repeat(1, 4, 1, 1)
        half, own = self.frame_encoder(frame)
        _, background = self.background_encoder(guides['background'] * 2 - 1)
        _, segmentation = self.segmentation_encoder(guides['segmentation'] * 2 - 1)
        _, moved = self.motion_encoder(motion)
        cues = [self.with_background(torch.cat([own, background], 1)),
                self.with_segmentation(torch.cat([own, segmentation], 1)), self.with_motion(torch.cat([own, moved], 1))]
        x = self.trunk(self.switching(torch.cat([own, *cues], 1)))
        out = {'alpha': (torch.tanh(self.alpha_decoder(self.alpha_trunk(x))) + 1) / 2}
        if self.foreground:
            colour = (self.foreground_decoder(self.foreground_trunk(x), half) + 1) / 2
            out['foreground'] = colour if self.training else colour.clamp(0, 1)
        return out


STILL = {'background_matting': lambda: BackgroundMatting(0.25, foreground=True)}
