"""Opens a built dataset as a user would, shows a row, and makes its LR again from HR and record.

Usage: python docs/first_look.py SHARDS
"""

import sys

from datasets import load_dataset

from degradekit import Degradation


def main() -> None:
    """Look."""
    dataset = load_dataset(sys.argv[1], split="train")
    row = dataset[0]
    tile, (width, height) = row["tile"], row["lr"].size
    print(f"{len(dataset)} rows; row 0 is variant {row['variant']} of a tile of {row['key']}")
    print(f"hr: {tile['width']} x {tile['height']} at x {tile['x']}, y {tile['y']}; lr: {width} x {height}, made by")
    degradation = Degradation.from_json(row["degradation"])
    print(degradation)
    same = degradation(row["hr"]).tobytes() == row["lr"].tobytes()
    print("made again from HR and record:", "the same bytes" if same else "OTHER BYTES")
    sys.exit(not same)


if __name__ == "__main__":
    main()
