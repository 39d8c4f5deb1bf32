#!/usr/bin/env python3
"""Writes files of weights as PyTorch writes them, and what the network computes with them, for tests/src/model.

usage: write.py WHAT FOLDER, with one of the names at the end of this file, or of STILL of the files beside it

Needs Debian's python3-torch; exits with 77 if that is missing. Expected outputs are computed in double precision from the
float32 weights in the files.
"""
import argparse
import collections
import copy
import importlib
import json
import os
import pathlib
import struct
import sys
import zipfile

try:
    import torch
except ModuleNotFoundError:
    sys.exit(77)
from torch import nn

from network import mobilenetv3_matting, resnet50_matting
from resnet import Basic, Bottleneck, ResNet
from still import every_guide, write_still


def save_safetensors(path, tensors):
    types = {torch.float32: 'F32', torch.float64: 'F64', torch.int64: 'I64'}
    header, parts, end = {}, [], 0
    for name, tensor in tensors.items():
        parts.append(tensor.detach().contiguous().numpy().tobytes())
        header[name] = {'dtype': types[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    with open(path, 'wb') as file:
        file.write(b''.join([struct.pack('<Q', len(text)), text, *parts]))


def smooth_clip(batch, time, height, width):
    """Frames with detail at every scale down to a few pixels."""
    frames = 0
    for side in (3, 9, 27):
        coarse = torch.rand(batch * time, 3, side, side)
        frames = frames + nn.functional.interpolate(coarse, (height, width), mode='bilinear', align_corners=False) / 3
    return frames.unflatten(0, (batch, time))


def lively_network(make=mobilenetv3_matting):
    """Seeded weights whose batch norms scale, shift and hold statistics near, but not equal to, those of the data."""
    torch.manual_seed(7)
    network = make()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    with torch.no_grad():
        network.refiner.box_filter.weight.mul_(1 + 0.1 * torch.randn(4, 1, 3, 3))
        network.project_mat.conv.bias.copy_(torch.tensor([0.1, -0.1, 0.05, 0.4]))
        for norm in norms:
            norm.weight.uniform_(0.6, 1.4)
            norm.bias.normal_(0, 0.2)
            norm.momentum = None  # statistics become those of the data
        network.clip(smooth_clip(2, 2, 48, 40))
        network.clip(smooth_clip(2, 2, 96, 80), ratio=0.5)
        for norm, momentum in zip(norms, momenta):
            norm.running_mean.add_(0.05 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean))
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.8, 1.3))
            norm.num_batches_tracked.random_(1, 1000)
            norm.momentum = momentum
    return network.eval()


def as_double(network):
    return copy.deepcopy(network).double()


class Runs:
    """Whoever lets Python's pickle make this object runs a command."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return os.system, ('touch ' + self.witness,)


def write_formats(folder):
    """The same weights in every way of saving them, and `truth`."""
    network = lively_network()
    state = network.state_dict()
    save_safetensors(folder + '/truth.safetensors', state)
    torch.save(state, folder + '/rvm.pth')
    torch.save(state, folder + '/legacy.pth', _use_new_zipfile_serialization=False)
    parameters = collections.OrderedDict(network.named_parameters())
    parameters.update(network.named_buffers())
    torch.save(parameters, folder + '/parameters.pth')
    wrapped = collections.OrderedDict(('module.' + name, tensor) for name, tensor in state.items())
    torch.save({'epoch': 3, 'lr': 1e-4, 'huge': 1 << 80, 'args': argparse.Namespace(name='x', sizes=[1, (2, None)], on=True),
                'optimizer': {'state': {0: {'exp_avg': torch.zeros(3)}}}, 'state_dict': wrapped}, folder + '/checkpoint.pth')
    traced = torch.jit.trace(network, torch.rand(1, 3, 32, 32), check_trace=False)
    traced.save(folder + '/traced.torchscript')
    traced.half().save(folder + '/half.torchscript')


class Scripted(nn.Module):
    """As torch.jit.script keeps it: attributes that are no tensors beside nested parameters and a buffer."""

    def __init__(self):
        super().__init__()
        self.sizes = [1, 2]
        self.scale = 0.5
        self.names = {'a': torch.ones(1)}
        self.layers = nn.ModuleList([nn.Linear(2, 3), nn.BatchNorm1d(3)])
        self.register_buffer('step', torch.tensor(5))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x * self.scale


def write_others(folder):
    """Weights of other networks, tensors of every type, and what is no state dict."""
    torch.manual_seed(3)
    state = mobilenetv3_matting().state_dict()
    mobilenet = collections.OrderedDict((name[len('backbone.'):], tensor) for name, tensor in state.items()
                                        if name.startswith('backbone.'))
    for name, shape in (('0.weight', (1280, 960)), ('0.bias', (1280,)), ('3.weight', (1000, 1280)), ('3.bias', (1000,))):
        mobilenet['classifier.' + name] = torch.zeros(shape)
    torch.save(mobilenet, folder + '/mobilenet.pth')
    save_safetensors(folder + '/mobilenet.safetensors', mobilenet)
    resnet = collections.OrderedDict((name, tensor) for name, tensor in state.items()
                                     if name.startswith(('decoder.decode0', 'project_', 'refiner.')))
    resnet['backbone.conv1.weight'] = torch.zeros(64, 3, 7, 7)
    resnet['backbone.layer1.0.conv1.weight'] = torch.zeros(64, 64, 1, 1)
    torch.save(resnet, folder + '/resnet.pth')

    tied = torch.arange(12.).view(3, 4)
    torch.save({'whole': tied, 'column': tied[:, 1], 'turned': tied.t(), 'double': tied.double(), 'half': tied.half(),
                'brain': tied.bfloat16(), 'int32': tied.to(torch.int32), 'bool': tied > 5, 'empty': tied[:0],
                'scalar': torch.tensor(5)}, folder + '/views.pth')
    scripted = torch.jit.script(Scripted())
    scripted.save(folder + '/scripted.torchscript')
    torch.jit.freeze(scripted.eval()).save(folder + '/frozen.torchscript')

    torch.save(argparse.Namespace(weight=torch.zeros(2)), folder + '/namespace.pth')
    torch.save(nn.Linear(2, 3), folder + '/object.pth')
    torch.save(nn.Linear(2, 3), folder + '/legacy_object.pth', _use_new_zipfile_serialization=False)
    torch.save({0: torch.zeros(3), 1: torch.zeros(3)}, folder + '/integers.pth')
    torch.save({'a.weight': torch.zeros(3), 'other': Runs(folder + '/witness')}, folder + '/command.pth')
    torch.save({'a.weight': torch.zeros(3)}, folder + '/protocol4.pth', pickle_protocol=4)
    torch.save({'a.weight': torch.zeros(3, dtype=torch.complex64)}, folder + '/complex.pth')
    with zipfile.ZipFile(folder + '/packed.pth', 'w', zipfile.ZIP_DEFLATED) as packed:
        original = zipfile.ZipFile(folder + '/views.pth')
        for name in original.namelist():
            packed.writestr(name, original.read(name))


def expected(network, frames, states, ratio):
    """One entry for each output, as the C++ network gives it in its present mode."""
    alpha, foreground, logits, states = network.clip(frames, states, ratio)
    out = {'alpha': alpha if network.training else alpha.clamp(0, 1), 'foreground': foreground.clamp(0, 1), 'logits': logits}
    out.update({'r%d' % (i + 1): state for i, state in enumerate(states)})
    return out


def write_evaluation(folder, make=mobilenetv3_matting, file='evaluation'):
    network = lively_network(make)
    torch.save(network.state_dict(), folder + '/rvm.pth')
    double = as_double(network).eval()
    tensors = {}
    for name, height, width, ratio in (('even', 32, 48, 1), ('odd', 37, 51, 1), ('reduced', 90, 75, 0.4)):
        first, second = smooth_clip(2, 2, height, width), smooth_clip(2, 1, height, width)
        with torch.no_grad():
            start = expected(double, first.double(), (None,) * 4, ratio)
            after = expected(double, second.double(), [start['r%d' % i] for i in (1, 2, 3, 4)], ratio)
        tensors.update({name + '.first.frames': first, name + '.second.frames': second})
        tensors.update({name + '.first.' + key: value for key, value in start.items()})
        tensors.update({name + '.second.' + key: value for key, value in after.items()})
    save_safetensors('%s/%s.safetensors' % (folder, file), tensors)


def write_training(folder, make=mobilenetv3_matting, file='training'):
    network = lively_network(make)
    torch.save(network.state_dict(), folder + '/rvm.pth')
    double = as_double(network).train()
    tensors = {}
    for name, height, width, ratio in (('whole', 37, 50, 1), ('reduced', 64, 75, 0.5)):
        double.load_state_dict(network.state_dict())
        double.zero_grad(set_to_none=True)
        frames = smooth_clip(2, 2, height, width).double()
        out = expected(double, frames, (None,) * 4, ratio)
        loss = 0
        for key, value in out.items():
            weights = torch.randn(value.shape).double()
            loss = loss + (weights * value).mean()
            tensors['%s.weights.%s' % (name, key)] = weights
            tensors['%s.out.%s' % (name, key)] = value
        loss.backward()
        tensors[name + '.frames'] = frames
        for key, value in double.named_parameters():
            if value.grad is not None:  # the refiner has none at full size
                tensors['%s.gradient.%s' % (name, key)] = value.grad
        for key, value in double.named_buffers():
            tensors['%s.buffer.%s' % (name, key)] = value.clone()
    save_safetensors('%s/%s.safetensors' % (folder, file), tensors)


def write_resnet(folder):
    """Encoders an eighth as wide as the published ones: weights, an input, the five maps, and gradients of their sum."""
    torch.manual_seed(11)
    tensors = {}
    for name, network in (
            ('basic', ResNet(Basic, (2, 1, 1, 2), base=8)),
            ('grouped', ResNet(Basic, (1, 2, 1, 2), base=8, group=4, output_stride=16)),
            ('dilated', ResNet(Bottleneck, (1, 2, 2, 2), inputs=5, base=8, group=4, output_stride=8)),
            ('dense', ResNet(Bottleneck, (1, 1, 2, 1), inputs=4, base=8, output_stride=4))):
        network.double().eval()
        with torch.no_grad():
            for module in network.modules():
                if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
                    module.weight.uniform_(0.6, 1.4)
                    module.bias.normal_(0, 0.2)
                if isinstance(module, nn.BatchNorm2d):
                    module.running_mean.normal_(0, 0.2)
                    module.running_var.uniform_(0.5, 1.5)
        x = torch.rand(2, network.conv1.in_channels, 37, 50).double()
        maps = network(x)
        sum((torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y) * y).mean() for y in maps).backward()
        tensors[name + '.input'] = x
        tensors.update(('%s.map%d' % (name, i), y) for i, y in enumerate(maps))
        tensors.update(('%s.weights.%s' % (name, key), value) for key, value in network.state_dict().items())
        tensors.update(('%s.gradient.%s' % (name, key), value.grad) for key, value in network.named_parameters())
    save_safetensors(folder + '/resnet.safetensors', tensors)


def write_guides(folder):
    torch.manual_seed(11)
    save_safetensors(folder + '/guides.safetensors', every_guide(2, 5, 7))


def quarter_resnet50():
    return resnet50_matting(16)


WRITERS = {
    'formats': write_formats,
    'others': write_others,
    'evaluation': write_evaluation,
    'training': write_training,
    'resnet': write_resnet,
    'guides': write_guides,
    'resnet50_evaluation': lambda folder: write_evaluation(folder, quarter_resnet50, 'resnet50_evaluation'),
    'resnet50_training': lambda folder: write_training(folder, quarter_resnet50, 'resnet50_training'),
}


def still_writers():
    """A writer for each narrow network of single frames that a file beside this one offers by name, as STILL."""
    writers = {}
    for file in sorted(pathlib.Path(__file__).parent.glob('*.py')):
        if file.stem == 'write':
            continue
        for name, make in getattr(importlib.import_module(file.stem), 'STILL', {}).items():
            if name in writers or name in WRITERS:
                sys.exit('%s: there is another %s' % (file.name, name))
            writers[name] = lambda folder, name=name, make=make: write_still(folder, name, make, save_safetensors)
    return writers


if __name__ == '__main__':
    torch.set_num_threads(2)
    {**WRITERS, **still_writers()}[sys.argv[1]](sys.argv[2])
