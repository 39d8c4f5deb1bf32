#!/usr/bin/env python3
"""Times training steps of the plain network in PyTorch, to compare `facemat bench train` with.

usage: time_step.py [--batch B] [--frames T] [--size S] [--steps N] [--threads N]

A step is forward, losses of alpha (L1 and temporal coherence), backward and Adam. Prints the median and the fastest of N steps
after one that does not count.
"""
import argparse
import os
import statistics
import time

import torch
from torch.nn import functional as F

from network import mobilenetv3_matting


def step(network, optimizer, frames, target):
    alpha = network.clip(frames)[0]
    loss = F.l1_loss(alpha, target) + 5 * F.mse_loss(alpha.diff(dim=1), target.diff(dim=1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (('batch', 1), ('frames', 4), ('size', 512), ('steps', 5), ('threads', os.cpu_count())):
        parser.add_argument('--' + name, type=int, default=default, help=f'default: {default}')
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    network = mobilenetv3_matting().train()
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    clips = lambda channels: torch.rand(options.batch, options.frames, channels, options.size, options.size)
    frames, target = clips(3), clips(1)
    seconds = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        step(network, optimizer, frames, target)
        seconds.append(time.perf_counter() - start)
    print(f'{options.batch} x {options.frames} frames of {options.size}x{options.size}, {options.threads} threads: '
          f'{statistics.median(seconds[1:]):.3f} s a step, fastest {min(seconds[1:]):.3f} s')


if __name__ == '__main__':
    main()
