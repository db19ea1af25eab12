"""Every preset and scale at full tile size."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from examples.composed import AT_EVERY_SCALE

from degradekit import Degradation
from degradekit.dataset import LocalEngine, Options, synthesize
from degradekit.picture_files import decode
from degradekit.presets import PRESETS, preset

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        *((name, scale) for name in AT_EVERY_SCALE for scale in (1, 2, 3, 4, 8)),
        *((name, PRESETS[name].scale) for name in PRESETS if name not in AT_EVERY_SCALE),
    ],
)
def test_every_preset_replays_to_the_byte(name, scale, whole_photos, tmp_path):
    recipe = preset(name, scale)
    report = synthesize(
        whole_photos, tmp_path / "shards", recipe, Options(step=400, variants=2), engine=LocalEngine(workers=2)
    ).report
    assert not report.skipped
    for file in (tmp_path / "shards" / "data").iterdir():
        for row in pq.read_table(file).to_pylist():
            hr, lr = decode(row["hr"]["bytes"]), decode(row["lr"]["bytes"])
            np.testing.assert_array_equal(Degradation.from_json(row["degradation"])(hr), lr)
