"""Parquet shards that `datasets` opens with pictures in them, written and read by Arrow.

`writer` writes row groups; `reader` and `groups` read them, from `files` on disks and behind URLs.
"""

from collections.abc import Sequence

from degradekit.dataset.formats.base import Format
from degradekit.dataset.formats.parquet.reader import ParquetReader
from degradekit.dataset.formats.parquet.writer import ParquetWriter
from degradekit.dataset.pictures import PictureFormat


def _card_text(pictures: Sequence[str], _: PictureFormat) -> str:
    shown = ", ".join(f'row["{kind}"]' for kind in pictures)
    columns = ", ".join(f"`{kind}`" for kind in pictures)
    return _TEXT.format(shown=shown, columns=columns) + (_AGAIN if "hr" in pictures else "")


_TEXT = """
```python
from datasets import load_dataset

# The name of the dataset on the Hub, or the path of a copy of its folder.
pairs = load_dataset("OWNER/NAME", split="train", streaming=True)
row = next(iter(pairs))
print({shown}, row["key"], row["tile"])
```

Every row holds its pair ({columns}), the exact degradation that made the LR (`degradation`, in JSON), where the tile
lies in which photo (`key`, `tile`), and which of the degradations of the tile it is (`variant`). Rows are chosen by
what was drawn for them, without a look at the pictures:

```python
import json


def has_strong_jpeg(degradation):
    steps = json.loads(degradation)["steps"]
    return any(step["op"] == "jpeg" and step["quality"] < 40 for step in steps)


chosen = pairs.filter(has_strong_jpeg, input_columns="degradation")
```
"""
_AGAIN = """
To make an LR again, byte for byte, and what it is made from:

```python
from degradekit import Degradation

degradation = Degradation.from_json(row["degradation"])
assert degradation(row["hr"]).tobytes() == row["lr"].tobytes()
target = degradation.target(row["hr"])  # what the LR is made from
```

For training, `degradekit.dataset.Pairs` reads a copy of the folder by index or in random order. A plain `load_dataset`,
without `streaming=True`, copies the HR of a tile once for each variant into its cache.
"""
PARQUET = Format(
    name="parquet",
    extension=".parquet",
    writer=ParquetWriter,
    reader=ParquetReader,
    open_hint='open with datasets.load_dataset("{}")',
    open_url_hint='open with degradekit.dataset.Pairs("{}")',
    compresses_pictures=True,
    opens_with_datasets=True,
    card_text=_card_text,
)
