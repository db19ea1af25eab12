"""The dataset card: how `datasets` finds the splits, and what a person reads first."""

import re
from collections.abc import Sequence

import yaml

from degradekit.dataset.formats import find_format
from degradekit.dataset.layout import DATA, SKIPPED
from degradekit.dataset.plan import Plan
from degradekit.dataset.report import Report
from degradekit.dataset.row import features
from degradekit.dataset.training_target import explanation
from degradekit.wording import counted, markdown
from degradekit.yaml_text import write


def card(plan: Plan, report: Report) -> str:
    """Return the dataset card.

    The digest stands in the configuration's description because the cache of `datasets` keys on the configuration:
    without it, a rebuilt folder would load the old pictures.

    Args:
        plan: What was built.
        report: What it amounts to.
    """
    header: dict[str, object] = {
        "pretty_name": f"LR/HR pairs for x{plan.scale} super-resolution",
        "task_categories": ["image-to-image"],
        "tags": ["super-resolution", "image-restoration", "degradekit"],
        "size_categories": [_size_category(sum(report.pairs.values()))],
    }
    options, shard_format = plan.options, find_format(plan.options.format)
    if shard_format.opens_with_datasets:
        header |= _configuration(report, shard_format.extension, options.pictures)
    step = counted(options.step or 0, "pixel")
    tile = f"{options.tile} x {options.tile}, every {step}" if options.tile else "whole photos"
    if options.multiscale:
        tile += ", also from the photo resized to 0.75, 0.5, 1/3 and a short side of 400"
    files = shard_format.card_text(options.pictures, options.picture_format)
    rows = "\n".join(f"| {split} | {count} |" for split, count in report.pairs.items())
    filtered = plan.left_out_by_filters(sum(report.pairs.values()))
    notes = [*report.left_out.items(), *report.counts.items(), *filtered.items()]
    if report.skipped:
        notes.append((f"photos that could not be used, see {SKIPPED}", len(report.skipped)))
    omitted = "".join(f"\n- {count}: {markdown(reason)}" for reason, count in notes)
    version = markdown(plan.fingerprint.packages.get("degradekit", ""))
    recipe = write(plan.recipe_data)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", recipe)), default=0))
    return f"""---
{yaml.safe_dump(header, sort_keys=False, width=120, allow_unicode=True)}---

# LR/HR pairs for x{plan.scale} super-resolution

**The training target.** {explanation(plan.recipe_data, options.training_target)}

| split | pairs |
|---|---|
{rows}

Made by degradekit {version} from {counted(report.photos, "photo")}. HR tiles: {tile}.
Degradations of each tile: {options.variants}. Seed: {options.seed}. Digest of the content: `{report.digest}`.
{files}{f"{chr(10)}Not in it:{chr(10)}{omitted}{chr(10)}" if omitted else ""}
The recipe the degradations were drawn from:

{fence}yaml
{recipe}{fence}
"""


def _configuration(report: Report, extension: str, pictures: Sequence[str]) -> dict[str, object]:
    return {
        "configs": [
            {
                "config_name": "default",
                "description": f"digest {report.digest}",
                "data_files": [{"split": split, "path": f"{DATA}/{split}-*{extension}"} for split in report.pairs],
            }
        ],
        "dataset_info": {
            "config_name": "default",
            "features": [_feature(name, feature) for name, feature in features(pictures).items()],
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
