"""The dataset card: how `datasets` finds the splits, and what a person reads first."""

import yaml

from degradekit import recipes
from degradekit.dataset.formats import find_format
from degradekit.dataset.plan import Plan, options_of
from degradekit.dataset.report import Report


def card(plan: Plan, report: Report) -> str:
    """The README.md of a dataset folder.

    The digest stands in the configuration's description because the cache of `datasets` keys on the configuration:
    without it, a rebuilt folder would load the old pictures.

    Args:
        plan: What was built.
        report: What it amounts to.
    """
    header: dict[str, object] = {
        "pretty_name": f"LR/HR pairs for x{plan.record['scale']} super-resolution",
        "task_categories": ["image-to-image"],
        "tags": ["super-resolution", "image-restoration", "degradekit"],
        "size_categories": [_size_category(sum(report.pairs.values()))],
    }
    if find_format(plan.format).opens_with_datasets:
        header |= _configuration(report)
    options = options_of(plan.record)
    tile = f"{options.tile} x {options.tile}, every {options.step} pixels" if options.tile else "whole photos"
    if options.multiscale:
        tile += ", also from the photo resized to 0.75, 0.5, 1/3 and a short side of 400"
    rows = "\n".join(f"| {split} | {count} |" for split, count in report.pairs.items())
    notes = [*report.left_out.items(), *report.counts.items()]
    if report.skipped:
        notes.append(("photos that could not be used, see meta/skipped.jsonl", len(report.skipped)))
    told = "".join(f"\n- {count}: {reason}" for reason, count in notes)
    return f"""---
{yaml.safe_dump(header, sort_keys=False, width=120, allow_unicode=True)}---

# LR/HR pairs for x{plan.record["scale"]} super-resolution

| split | pairs |
|---|---|
{rows}

Made by degradekit {plan.record["libraries"]["degradekit"]} from {report.photos} photos. HR tiles: {tile}.
Degradations of each tile: {options.variants}. Seed: {options.seed}. Digest of the content: `{report.digest}`.
{_READ[plan.format]}
{f"Not in it:{chr(10)}{told}{chr(10)}" if told else ""}
The recipe the degradations were drawn from:

```yaml
{recipes.dumps(recipes.from_dict(plan.record["recipe"]))}```
"""


def _configuration(report: Report) -> dict[str, object]:
    from degradekit.dataset.formats.parquet import FEATURES

    return {
        "configs": [
            {
                "config_name": "default",
                "description": f"digest {report.digest}",
                "data_files": [{"split": split, "path": f"data/{split}-*.parquet"} for split in report.pairs],
            }
        ],
        "dataset_info": {
            "config_name": "default",
            "features": [_feature(name, feature) for name, feature in FEATURES.items()],
            "splits": [
                {"name": split, "num_bytes": report.bytes[split], "num_examples": count}
                for split, count in report.pairs.items()
            ],
        },
    }


def _feature(name: str, feature: object) -> dict[str, object]:
    assert isinstance(feature, dict)
    if feature.get("_type") == "Image":
        return {"name": name, "dtype": "image"}
    if feature.get("_type") == "Value":
        return {"name": name, "dtype": feature["dtype"]}
    return {"name": name, "struct": [_feature(inner, value) for inner, value in feature.items()]}


def _size_category(rows: int) -> str:
    for limit, name in ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M")):
        if rows < limit:
            return name
    return "1M<n<10M"


_AGAIN = """
To make an LR again, byte for byte:

```python
from degradekit import Degradation

assert Degradation.from_json(row["degradation"])(row["hr"]).tobytes() == row["lr"].tobytes()
```
"""

_READ = {
    "parquet": f"""
Every row holds its pair (`hr`, `lr`), the exact degradation that made the one from the other, where the tile lies in
which photo (`key`, `tile`), and which of the tile's degradations it is (`variant`).
{_AGAIN}
A plain `load_dataset` copies the HR of a tile once for each variant into its cache; `streaming=True` and
`degradekit.dataset.Pairs` do not.
""",
    "webdataset": """
Tar shards under `data/`: of each pair `NAME.hr.png`, `NAME.lr.png`, and `NAME.json` with the exact degradation that
made the one from the other, where the tile lies in which photo, and which of the tile's degradations it is.
""",
    "folder": """
`SPLIT/HR` and `SPLIT/LR` hold the pairs under the same names, `SPLIT/meta_info.txt` lists them, and `data/*.jsonl` tell
of each the exact degradation, where the tile lies in which photo, and which of the tile's degradations it is.
""",
    "null": """
Nothing was kept: the format `null` is for measuring.
""",
}
