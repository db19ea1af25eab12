"""The README of a test set: what is in it, and how networks are compared on it."""

from degradekit import recipes
from degradekit.bench_sets.results import BenchDegradation, BenchOptions, BenchSet
from degradekit.operators.base import Operator
from degradekit.wording import counted, printable_lines

_COMPARE = """\
import json
from pathlib import Path

import numpy as np
from PIL import Image

folder, results = Path("."), Path("results")  # this folder, and what a network has made of LR/
degradations = [json.loads(line) for line in (folder / "degradations.jsonl").read_text("utf-8").splitlines()]
mean = 0.0
for each in degradations:
    scores = []
    for path in sorted((folder / "HR").iterdir()):
        files = path, results / each["name"] / path.name
        hr, sr = (np.asarray(Image.open(file).convert("RGB"), float) for file in files)
        scores.append(10 * np.log10(255**2 / ((hr - sr) ** 2).mean()))
    mean += each["share"] * np.mean(scores)
    print(each["name"], f"{each['share']:.0%}", f"{np.mean(scores):.2f} dB")
print("weighted mean", f"{mean:.2f} dB")
"""


def readme(bench: BenchSet, recipe: Operator, options: BenchOptions, *, is_real: bool) -> str:
    """Return the README of a test set, Markdown."""
    first, last = bench.degradations[0], bench.degradations[-1]
    folders = f"`LR/{first.name}`" + (f" to `LR/{last.name}`" if last is not first else "")
    stands_for = "the real photos" if is_real else f"{options.draws:,} draws of the recipe below"
    return f"""# A test set for x{first.degradation.scale} super-resolution

`HR` has {counted(len(bench.photos), "crop")} of {bench.side} x {bench.side} pixels, {folders} have their LRs under the
same names, each folder by one degradation. A degradation stands for a share of {stands_for}.
`degradations.jsonl` has the shares and the exact records, `photos.jsonl` where the crops are in their photos.
{_DISTANCES if is_real else ""}
{chr(10).join(map(_section, bench.degradations))}
## How to compare networks

Enlarge `LR` with each of them, `degradekit upscale NETWORK LR results`, and compare with `HR`: the code below prints
the PSNR over RGB, borders included. The mean over the degradations, each weighted by its share, sums up
{stands_for}, though not exactly: what stands in the middle of a cluster is milder than its
extremes. The lowest of the scores shows what a network cannot do.

```python
{_COMPARE}```

Trainers take `HR` and each folder of `LR` as a validation set. In BasicSR, and with names of their own for `type` in
neosr and traiNNer-redux:

```yaml
val_{first.name}:
  name: bench-{first.name}
  type: PairedImageDataset
  dataroot_gt: HR
  dataroot_lq: LR/{first.name}
  io_backend: {{type: disk}}
```

An LR is made again by its record: `Degradation.from_json(line["degradation"])(hr)`.

## The recipe that the degradations were drawn from

Seed: {options.seed}.

```yaml
{recipes.dumps(recipe)}```
"""


_DISTANCES = """
A distance compares a degradation with the real crops that it stands for: at 1 it is as near to their middle as real
crops are on average. Much more than that means that the recipe makes nothing like these photos.
"""


def _section(each: BenchDegradation) -> str:
    distance = "" if each.distance is None else f", distance {each.distance:.2f}"
    return f"""## {each.name}: {each.share:.1%}{distance}

```text
{printable_lines(str(each.degradation))}
```
"""
