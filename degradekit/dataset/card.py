"""The dataset card: how `datasets` finds the splits, and what a person reads first."""

import re
from collections.abc import Sequence
from itertools import pairwise

from degradekit.dataset.card_parts import BEGIN, DECIDED, END, NOTHING_OWN, CardParts, OwnPart, load_parts
from degradekit.dataset.formats import find_format
from degradekit.dataset.layout import DATA, SAMPLES, SKIPPED
from degradekit.dataset.plan import Plan
from degradekit.dataset.report import Report
from degradekit.dataset.row import features
from degradekit.dataset.training_target import explanation
from degradekit.storage import Folder
from degradekit.wording import counted, markdown
from degradekit.yaml_text import write

_ORDER = ("license", "license_name", "license_link", "language", "pretty_name", "task_categories", "tags")
"""Fields of the head that stand first."""


def load_own_part(folder: Folder, plan: Plan) -> OwnPart | None:
    """Return what the owner of a dataset has put on its card, or None where there is no card.

    Raises:
        DatasetError: The card cannot be read; the message has the cure.
    """
    parts = load_parts(folder)
    return None if parts is None else own_part(parts, plan)


def own_part(parts: CardParts, plan: Plan) -> OwnPart:
    """Return the owner's part of a card: what is neither the dataset's nor what a card has by default."""
    defaults = _defaults(plan)
    fields = {
        name: value
        for name, value in parts.fields.items()
        if name not in DECIDED and (name not in defaults or defaults[name] != value)
    }
    return OwnPart(fields, parts.text, f"]({SAMPLES})" in parts.after)


def card(plan: Plan, report: Report, own: OwnPart = NOTHING_OWN) -> str:
    """Return the dataset card.

    The digest stands in the configuration's description because the cache of `datasets` keys on the configuration:
    without it, a rebuilt folder would load the old pictures.

    Args:
        plan: What was built.
        report: What it amounts to.
        own: What the owner has put on the card.
    """
    options, shard_format = plan.options, find_format(plan.options.format)
    fields: dict[str, object] = (
        _defaults(plan) | dict(own.fields) | {"size_categories": [_size_category(sum(report.pairs.values()))]}
    )
    fields = {name: fields[name] for name in _ORDER if name in fields} | fields
    if shard_format.opens_with_datasets:
        fields |= _configuration(report, shard_format.extension, options.pictures)
    step = counted(options.step or 0, "pixel")
    tile = f"{options.tile} x {options.tile}, every {step}" if options.tile else "whole photos"
    if options.multiscale:
        tile += ", also from the photo resized to 0.75, 0.5, 1/3 and a short side of 400"
    filtered = plan.left_out_by_filters(sum(report.pairs.values()))
    notes = [*report.left_out.items(), *report.counts.items(), *filtered.items()]
    if report.skipped:
        notes.append((f"photos that could not be used, see {SKIPPED}", len(report.skipped)))
    omitted = "".join(f"\n- {count}: {markdown(reason)}" for reason, count in notes)
    recipe = write(plan.recipe_data)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", recipe)), default=0))
    return _TEMPLATE.format(
        fields=write(fields, allow_unicode=True),
        name=markdown(str(fields["pretty_name"])),
        begin=BEGIN,
        text=f"{own.text}\n\n" if own.text else "",
        end=END,
        samples=_SAMPLES.format(file=SAMPLES, scale=plan.scale) if own.samples else "",
        target=explanation(plan.recipe_data, options.training_target),
        rows="\n".join(f"| {split} | {count} |" for split, count in report.pairs.items()),
        version=markdown(plan.fingerprint.packages.get("degradekit", "")),
        photos=counted(report.photos, "photo"),
        tile=tile,
        options=options,
        digest=report.digest,
        format=shard_format.card_text(options.pictures, options.picture_format).strip(),
        omitted=f"\nNot in it:\n{omitted}\n" if omitted else "",
        recipe=f"{fence}yaml\n{recipe}{fence}",
    )


_SAMPLES = """![HRs above, LRs below]({file})

HRs above, their LRs below, enlarged x{scale} without smoothing: the middle of a few tiles.

"""
_TEMPLATE = """---
{fields}---

# {name}

{begin}

{text}{end}

## What is in it

{samples}**The training target.** {target}

| split | pairs |
|---|---|
{rows}

Made by degradekit {version} from {photos}. HR tiles: {tile}.
Degradations of each tile: {options.variants}. Seed: {options.seed}. Digest of the content: `{digest}`.
{omitted}
## How to read it

{format}

## How it was made

The recipe that the degradations were drawn from:

{recipe}

Whether the pairs are what this recipe makes, `degradekit verify` shows in a copy of the whole folder. There,
`degradekit card . --license ID --text about.md` puts a license and a text of your own on this card, which are kept, and
`hf upload OWNER/NAME . . --repo-type dataset` uploads the folder to the Hugging Face Hub.
"""


def _defaults(plan: Plan) -> dict[str, object]:
    return {
        "pretty_name": f"LR/HR pairs for x{plan.scale} super-resolution",
        "task_categories": ["image-to-image"],
        "tags": ["super-resolution", "image-restoration", "degradekit"],
    }


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
    ends = ["1K", "10K", "100K", "1M", "10M", "100M", "1B"]
    for power, (low, high) in enumerate(pairwise(ends), 4):
        if rows < 10**power:
            return f"{low}<n<{high}" if rows >= 1000 else "n<1K"
    return f"n>{ends[-1]}"
