"""Trains without a GPU, although RealESRGANModel and RealESRNetModel call `cuda()`."""

import torch

torch.nn.Module.cuda = lambda module: module

import train

if __name__ == "__main__":
    train.train_pipeline(".")
