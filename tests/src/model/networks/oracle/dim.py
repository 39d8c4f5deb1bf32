"""Deep Image Matting (Xu et al., CVPR 2017) in plain PyTorch, to compare the C++ network with.

Written from the description of the blocks, for clarity and not for speed: the poolings hand their indices on.
"""
import torch
from torch import nn
from torch.nn import functional as F

from still import imagenet, scaled

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


class Layer(nn.Module):
    def __init__(self, inputs, outputs, kernel, norm):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(outputs) if norm else nn.Identity()

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Encoder(nn.Module):
    """torchvision's VGG16 without its classifier, for four channels."""

    def __init__(self, channels, norm):
        super().__init__()
        layers, inputs = [], 4
        for outputs, (_, count) in zip(channels, STAGES):
            for _ in range(count):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1)] + [nn.BatchNorm2d(outputs)] * norm + [nn.ReLU()]
                inputs = outputs
            layers.append(nn.MaxPool2d(2, return_indices=True))
        self.features = nn.Sequential(*layers)

    def forward(self, x):
        places = []
        for layer in self.features:
            x = layer(x)
            if isinstance(x, tuple):
                x, where = x
                places.append(where)
        return x, places


class Decoder(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        self.conv6 = Layer(channels[4], channels[4], 3, norm)
        self.deconv6 = Layer(channels[4], channels[4], 1, norm)
        self.deconv5 = Layer(channels[4], channels[3], 5, norm)
        self.deconv4 = Layer(channels[3], channels[2], 5, norm)
        self.deconv3 = Layer(channels[2], channels[1], 5, norm)
        self.deconv2 = Layer(channels[1], channels[0], 5, norm)
        self.deconv1 = Layer(channels[0], channels[0], 5, norm)
        self.prediction = nn.Conv2d(channels[0], 1, 5, padding=2)

    def forward(self, x, places):
        x = self.deconv6(self.conv6(x))
        for layer in (self.deconv5, self.deconv4, self.deconv3, self.deconv2, self.deconv1):
            x = layer(F.max_unpool2d(x, places.pop(), 2))
        return self.prediction(x)


class Refiner(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        self.conv1 = Layer(4, channels, 3, norm)
        self.conv2 = Layer(channels, channels, 3, norm)
        self.conv3 = Layer(channels, channels, 3, norm)
        self.prediction = nn.Conv2d(channels, 1, 3, padding=1)

    def forward(self, picture, alpha):
        return self.prediction(self.conv3(self.conv2(self.conv1(torch.cat([picture, alpha], 1)))))


class Dim(nn.Module):
    GUIDES, MULTIPLE = ('trimap',), 32

    def __init__(self, width, norm, refines):
        super().__init__()
        channels = [scaled(count, width) for count, _ in STAGES]
        self.backbone = Encoder(channels, norm)
        self.decoder = Decoder(channels, norm)
        self.refiner = Refiner(scaled(64, width), norm) if refines else None
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # so that there is something left of the frame at the end
                nn.init.kaiming_normal_(module.weight)

    def forward(self, frames, guides):
        picture, trimap = imagenet(frames), guides['trimap']
        logits = self.decoder(*self.backbone(torch.cat([picture, trimap], 1)))
        out = {}
        if self.refiner:
            coarse = torch.sigmoid(logits)
            logits = logits + self.refiner(picture, coarse)
            if self.training:
                out['parts.coarse_alpha'] = coarse
        alpha = torch.sigmoid(logits)
        out['alpha'] = alpha if self.training else torch.where(trimap == 0.5, alpha, trimap)
        return out


STILL = {'dim': lambda: Dim(0.25, norm=False, refines=True), 'dim_bn': lambda: Dim(0.25, norm=True, refines=True)}
