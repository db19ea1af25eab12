"""The dataset card: how `datasets` finds the splits, and what a person reads first."""

import json

import yaml

from degradekit.dataset.plan import Plan
from degradekit.dataset.report import Report
from degradekit.dataset.writers.parquet import FEATURES
from degradekit.recipe import Recipe


def card(plan: Plan, report: Report) -> str:
    """The README.md of a dataset folder.

    The digest stands in the configuration's description because the cache of `datasets` keys on the configuration:
    without it, a rebuilt folder would load the old pictures.

    Args:
        plan: What was built.
        report: What it amounts to.
    """
    header = {
        "configs": [
            {
                "config_name": "default",
                "description": f"digest {report.digest}",
                "data_files": [{"split": split, "path": f"data/{split}-*.parquet"} for split in report.pairs],
            }
        ],
        "dataset_info": {
            "config_name": "default",
            "features": _features(),
            "splits": [
                {"name": split, "num_bytes": report.bytes[split], "num_examples": count}
                for split, count in report.pairs.items()
            ],
        },
        "task_categories": ["image-to-image"],
        "tags": ["super-resolution", "degradekit"],
    }
    options = plan.options
    tile = f"{options.tile} x {options.tile}, every {options.step} pixels" if options.tile else "whole photos"
    rows = "\n".join(f"| {split} | {count} |" for split, count in report.pairs.items())
    return f"""---
{yaml.safe_dump(header, sort_keys=False, width=120)}---

# LR/HR pairs for x{plan.scale} super-resolution

| split | pairs |
|---|---|
{rows}

HR tiles: {tile}. Degradations of each tile: {options.variants}. Seed: {options.seed}. Digest: `{report.digest}`.

Every row holds its pair (`hr`, `lr`), the exact degradation that made the one from the other, where the tile lies in
which photo (`key`, `tile`), and which of the tile's degradations it is (`variant`). To make an LR again, byte for byte:

```python
from degradekit import Degradation

assert Degradation.from_json(row["degradation"])(row["hr"]).tobytes() == row["lr"].tobytes()
```

A plain `load_dataset` copies the HR of a tile once for each variant into its cache; `streaming=True` does not.

The recipe the degradations were drawn from:

```yaml
{Recipe.dumps(plan.recipe)}```
"""


def _features() -> list[dict[str, object]]:
    def entry(name: str, feature: object) -> dict[str, object]:
        assert isinstance(feature, dict)
        if feature.get("_type") == "Image":
            return {"name": name, "dtype": "image"}
        if feature.get("_type") == "Value":
            return {"name": name, "dtype": feature["dtype"]}
        return {"name": name, "struct": [entry(inner, value) for inner, value in feature.items()]}

    return [entry(name, feature) for name, feature in json.loads(json.dumps(FEATURES)).items()]
