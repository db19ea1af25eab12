"""Plans, manifests, reports and rows that break a rule are refused with the file and the rule, in every command."""

import pytest
from hostile_parts import HUGE, SECRET, forged, png_of, record, row
from hostile_parts import field as to
from hostile_uses import ALL, READERS, ROWS, refuse

FORMATS = {"parquet": ROWS, "webdataset": READERS, "folder": READERS}

PLANS = {
    "scale": (to("scale", True), "scale: must be an integer"),
    "huge scale": (to("scale", HUGE), "scale: must be between 1 and 64"),
    "text for a number": (to("scale", "4"), "scale: must be an integer"),
    "no recipe": (to("recipe", 7), "recipe_data: must be a mapping"),
    "an unknown field": (to("more", 1), "more: unknown field"),
    "an unknown option": (to("options.more", 1), "options.more: unknown field"),
    "variants": (to("options.variants", 0), "options.variants: must be between 1 and 1000"),
    "a float": (to("options.tile", 64.0), "options.tile: must be an integer"),
    "not finite": (to("options.min_detail", float("nan")), "must be JSON"),
    "format": (to("options.format", "../../x"), "format: "),
    "formats": (to("options.format", ["parquet"]), "options.format: must be text"),
    "a fraction of a photo": (to("photos.counts", {"train": 1.5}), "the count of 'train' must be an integer"),
    "fewer than none": (to("photos.counts", {"train": -1}), "the count of 'train' must be an integer"),
    "an unknown split": (to("photos.counts", {"../x": 1}), "known splits: train, validation, test"),
    "a list of counts": (to("photos.counts", [1]), "must be a mapping of names to counts"),
    "too many photos": (to("photos.counts", {"train": 10**18}), "must add up to at most 10,000,000,000"),
    "shards without end": (to("photos.counts", {"train": 10**10}), "most of its shards are missing"),
    "left out": (to("left_out", {"\x1b[2J": "many"}), r"the count of '\\x1b\[2J' must be"),
    "packages": (to("fingerprint.packages", ["numpy"]), "fingerprint.packages: must be a mapping"),
    "source": (to("degraded_from", "<script>"), "degraded_from: must match"),
}
MANIFESTS = {
    "pairs": (to("pairs", True), "pairs: must be an integer"),
    "huge pairs": (to("pairs", HUGE), "pairs: must be <= "),
    "size": (to("bytes", 1.0), "bytes: must be an integer"),
    "hash": (to("sha256", "0"), "sha256: must match"),
    "shard": (to("shard", "../../secret"), "shard: must be train-00000-of-00001"),
    "photos": (to("photos", {}), "photos: must be a list"),
    "a photo's pairs": (to("photos.0.pairs", -1), r"photos\[0\].pairs: must be >= 0"),
    "a photo's key": (to("photos.0.key", 5), r"photos\[0\].key: must be text"),
    "skipped": (to("skipped", [{"key": "a"}]), r"skipped\[0\].reason: must be given"),
    "counts": (to("counts", {"a": True}), "the count of 'a' must be an integer"),
}
REPORTS = {
    "pairs": (to("pairs", {"nowhere": 3}), "known splits"),
    "digest": (to("digest", "<b>"), "digest: must match"),
    "photos": (to("photos", HUGE), "photos: must be <= "),
    "format": (to("format", "x"), "format: "),
    "counts": (to("counts", 5), "must be a mapping of names to counts"),
}
TABLES = {
    "an unknown split": (lambda photos: photos[0].update(split=200), "not in the order of the splits"),
    "no key": (lambda photos: photos[0].update(key=None), "a value is missing"),
}
ANY_ROW = {
    "variant": (row("variant", 7), "the plan has 2 variants of each tile"),
    "scale": (row("scale", 2), "scale: must be that of the plan, 4"),
    "tile": (row("tile.y", -1), "tile.y: must be >= 0"),
    "no tile": (row("tile.height", 0), "tile.height: must be >= 1"),
    "factor": (row("tile.factor", float("inf")), "tile.factor: must be|must be JSON"),
    "enlarged": (row("tile.factor", 1e9), "tile.factor: must be <= 1"),
    "no key": (row("key", ""), "key: must have at least 1 character"),
    "long key": (row("key", "a" * 10**5), "key: must have at most 32768 characters"),
    "HR": (row("hr", SECRET), "cannot be decoded: not a PNG|share their HR"),
    "bomb": (row("hr", png_of(60_000, 60_000)), "too many pixels: 60000 x 60000|share their HR"),
    "bomb of an LR": (row("lr", png_of(2**31 - 1, 2**31 - 1)), "too many pixels"),
    "no pixels": (row("lr", png_of(0, 5)), "has no pixels|must have"),
    "size of the LR": (row("lr", png_of(8, 9)), "the LR must have 8 x 8 pixels"),
    "size of the record": (record("size", [4, 4]), "the HR must have the size of its record, 4 x 4"),
    "outside of the photo": (row("tile.photo_width", 1), "the tile must lie in its photo of 1 x "),
    "size that is none": (record("size", [True, 4]), r"size\[0\]: must be an integer"),
    "scale of the record": (record("scale", 2), "the record must have the row's scale, 4"),
}
TYPED_ROW = {
    "path in a tile": (row("tile.y", "/../../../x"), "tile.y: must be an integer"),
    "float": (row("tile.x", 0.5), "tile.x: must be an integer"),
    "boolean": (row("variant", False), "variant: must be an integer"),
    "huge": (row("tile.x", HUGE), "tile.x: must be <= 2147483647|must be JSON"),
    "key": (row("key", ["a"]), "key: must be text"),
    "no tile": (row("tile", "a"), "tile: must be a mapping"),
    "more": (row("more", 1), "more: unknown field"),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_breaks_a_rule_is_refused_by_every_command(name, small_pairs, tmp_path):
    edit, rule = PLANS[name]
    refuse(forged(plan=edit), small_pairs, tmp_path, ALL, rule)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_breaks_a_rule_is_refused(name, small_pairs, tmp_path):
    edit, rule = MANIFESTS[name]
    refuse(forged(manifest=edit), small_pairs, tmp_path, ROWS, f"{rule}|meta/report.json is damaged")


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_breaks_a_rule_is_refused(name, small_pairs, tmp_path):
    edit, rule = REPORTS[name]
    refuse(
        forged(report=edit),
        small_pairs,
        tmp_path,
        ("inspect", "redegrade", "Pairs"),
        f"meta/report.json is damaged: .*{rule}",
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_photos_that_breaks_a_rule_is_refused(name, small_pairs, tmp_path):
    edit, rule = TABLES[name]
    refuse(
        forged(photos=edit), small_pairs, tmp_path, ("verify", "export", "redegrade"), f"meta/photos.parquet: .*{rule}"
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ANY_ROW)
def test_a_row_that_breaks_a_rule_is_refused_in_every_format(name, format, small_pairs, tmp_path):
    edit, rule = ANY_ROW[name]
    refuse(forged(format, rows=edit), small_pairs, tmp_path, FORMATS[format], rule)


@pytest.mark.parametrize("format", ["webdataset", "folder"])
@pytest.mark.parametrize("name", TYPED_ROW)
def test_a_field_of_another_type_is_refused(name, format, small_pairs, tmp_path):
    edit, rule = TYPED_ROW[name]
    refuse(forged(format, rows=edit), small_pairs, tmp_path, READERS, rule)
