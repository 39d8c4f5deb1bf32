"""What oracles of networks of single frames share: frames with their guides, weights that show every mistake, files."""
import torch
from torch import nn
from torch.nn import functional as F


def scaled(channels, width):
    """A channel count times `width`: the nearest multiple of 8, at least 8, that does not lose more than a tenth."""
    wanted = channels * width
    nearest = max(8, int(wanted / 8 + 0.5) * 8)
    return nearest + 8 if nearest < 0.9 * wanted else nearest


def imagenet(frames):
    mean, deviation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    channels = [(frames[:, i] - mean[i]) / deviation[i] for i in range(3)]
    return torch.stack(channels, 1)


def on_multiples(network, frames, guides):
    """network(frames, guides) on sides that are multiples of its own, the results cut again; parts as they are."""
    height, width = frames.shape[2:]
    beyond = (0, -width % network.MULTIPLE, 0, -height % network.MULTIPLE)
    out = network(F.pad(frames, beyond, 'replicate'), {name: F.pad(x, beyond, 'replicate') for name, x in guides.items()})
    return {name: x if name.startswith('parts.') else x[:, :, :height, :width] for name, x in out.items()}


def smooth(count, channels, height, width):
    """Maps with detail at every scale down to a few pixels."""
    coarse = [torch.rand(count, channels, side, side) for side in (3, 9, 27)]
    return sum(F.interpolate(x, (height, width), mode='bilinear', align_corners=False) for x in coarse) / 3


def every_guide(count, height, width):
    """One of each in the guide table of src/core/contract.cpp. All are drawn for every network, so a new one is drawn after all
    others, or made of what is drawn already: else the weights and figures of every network change."""
    level = smooth(count, 1, height, width)
    return {
        'trimap': ((level > 0.44).to(level.dtype) + (level > 0.56).to(level.dtype)) / 2,
        'hint': (level > 0.5).to(level.dtype),
        'background': smooth(count, 3, height, width),
        'segmentation': smooth(count, 1, height, width),
    }


def some_guides(names, count, height, width):
    every = every_guide(count, height, width)
    return {name: every[name] for name in names}


def enliven(network):
    """Norms that scale and shift; batch norms hold statistics near, but not equal to, those of the data."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    with torch.no_grad():
        for norm in (module for module in network.modules() if isinstance(module, nn.GroupNorm)):
            norm.weight.uniform_(0.6, 1.4)
            norm.bias.normal_(0, 0.2)
        for norm in norms:
            norm.weight.uniform_(0.6, 1.4)
            norm.bias.normal_(0, 0.2)
            norm.momentum = None  # statistics become those of the data
        network.train()
        for _ in range(2):
            on_multiples(network, smooth(4, 3, 64, 64), some_guides(network.GUIDES, 4, 64, 64))
        for norm, momentum in zip(norms, momenta):
            norm.running_mean.add_(0.05 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean))
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.8, 1.3))
            norm.num_batches_tracked.random_(1, 1000)
            norm.momentum = momentum


def write_still(folder, name, make, save):
    """NAME.pth, and NAME.safetensors with what the network computes in double precision: in evaluation ("even", "odd"), and
    in training mode with the gradients of a weighted sum of all that it gives ("training")."""
    torch.manual_seed(11)
    network = make()
    enliven(network)
    torch.save(network.state_dict(), '%s/%s.pth' % (folder, name))
    double = make().double()
    double.load_state_dict(network.state_dict())
    tensors = {}
    for case, height, width in (('even', 64, 96), ('odd', 45, 70), ('training', 50, 67)):
        frames, given = smooth(2, 3, height, width), some_guides(network.GUIDES, 2, height, width)
        double.train(case == 'training')
        out = on_multiples(double, frames.double(), {key: x.double() for key, x in given.items()})
        tensors[case + '.frames'] = frames
        tensors.update({'%s.guide.%s' % (case, key): x for key, x in given.items()})
        tensors.update({'%s.out.%s' % (case, key): x for key, x in out.items()})
    weights = {key: torch.randn(x.shape).double() for key, x in out.items()}
    sum((weights[key] * x).mean() for key, x in out.items()).backward()
    tensors.update({'training.weights.' + key: x for key, x in weights.items()})
    tensors.update({'training.gradient.' + key: x.grad for key, x in double.named_parameters()})
    tensors.update({'training.buffer.' + key: x.clone() for key, x in double.named_buffers()})
    save('%s/%s.safetensors' % (folder, name), tensors)
