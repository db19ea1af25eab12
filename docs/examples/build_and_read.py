"""Builds a small LR/HR dataset from photos, completes its card, and reads it in three ways.

Run it with a folder of photos: `python build_and_read.py photos/ shards/`
"""

import json
import sys
from itertools import islice

from datasets import load_dataset

from degradekit import Degradation, HighOrder
from degradekit.dataset import LocalEngine, Options, Pairs, ProgressBar, describe, synthesize, verify


def main(photos: str, shards: str) -> None:
    """Build the dataset `shards` from a folder of photos, and read it."""
    # Build. The same photos, recipe, options and seed give the same bytes, and an interrupted build resumes.
    recipe = HighOrder(order=2, scale=4)
    options = Options(tile=128, variants=2, seed=1, val=1)
    engine = LocalEngine(workers=2)
    with ProgressBar() as progress:
        outcome = synthesize(photos, shards, recipe, options, engine=engine, progress=progress)
    print(outcome.report.pairs, "digest", outcome.report.digest[:12])

    # Put a license and a text of your own on its card, README.md, as the Hugging Face Hub shows it.
    describe(shards, license="cc0-1.0", language="en", text="Photos of mine, for a first try.")

    # Read it for training: by index, or in a random order.
    pairs = Pairs(shards, split="train")
    pair = pairs[0]
    print(len(pairs), "pairs; HR", pair.hr.shape, "LR", pair.lr.shape)
    print("in random order:", [pair.lr.shape for pair in islice(pairs.stream(seed=0), 3)])

    # Read it with `datasets`, and choose rows by what was drawn for them.
    rows = load_dataset(shards, split="train", streaming=True)
    strong = rows.filter(lambda record: '"jpeg"' in record and lowest_quality(record) < 50, input_columns="degradation")
    print(sum(1 for _ in strong), "pairs with a JPEG quality below 50")

    # Every row holds exactly how its LR was made, and it can be made again, byte for byte.
    row = next(iter(rows))
    degradation = Degradation.from_json(row["degradation"])
    print(degradation)
    assert degradation(row["hr"]).tobytes() == row["lr"].tobytes()
    print("problems:", verify(shards, sample=1.0, engine=engine).problems or "none")


def lowest_quality(record: str) -> int:
    """Return the lowest JPEG quality of a degradation."""
    return min(step["quality"] for step in json.loads(record)["steps"] if step["op"] == "jpeg")


if __name__ == "__main__":  # workers import this file
    main(*sys.argv[1:3])
