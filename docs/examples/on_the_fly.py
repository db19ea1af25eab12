"""Trains a very small network on pairs that are degraded while it trains, without a dataset on the disk.

Run it with a folder of photos: `python on_the_fly.py photos/`
"""

import sys

import torch
from degradekit_models import OnTheFly
from torch import nn
from torch.utils.data import DataLoader

from degradekit import JPEG, Chain, Kernel, Noise, Resize


def main(photos: str, steps: int = 20) -> float:
    """Train on a folder of photos, and return the last loss."""
    # A recipe of one's own: a blur, a resize to a half, noise, JPEG. Any preset by its name would do as well.
    recipe = Chain(
        [
            Kernel(sigma=(0.2, 2.0)),
            Resize(to="lr", direction={"keep": 1.0}),
            Noise(sigma=(1, 10), scale=(0.05, 1.0)),
            JPEG(quality=(50, 95)),
        ],
        scale=2,
    )
    pairs = OnTheFly(photos, recipe, patch=64, tile=128, seed=0, patches_per_photo=8)
    loader = DataLoader(pairs, batch_size=4, shuffle=True, num_workers=0)

    # The network makes a picture twice as large: it adds details to a bilinear enlargement.
    torch.manual_seed(0)
    details = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 12, 3, padding=1), nn.PixelShuffle(2)
    )
    optimizer = torch.optim.Adam(details.parameters(), lr=1e-3)

    step = epoch = 0
    loss = torch.tensor(0.0)
    while step < steps:
        pairs.set_epoch(epoch)  # other tiles and other degradations of every photo
        for batch in loader:
            enlarged = nn.functional.interpolate(batch["lq"], scale_factor=2, mode="bilinear")
            loss = (enlarged + details(batch["lq"]) - batch["gt"]).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % 5 == 0:
                print(f"step {step}, L1 {loss.item():.4f}")
            if step == steps:
                break
        epoch += 1
    return loss.item()


if __name__ == "__main__":
    main(sys.argv[1])
