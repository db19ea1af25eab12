"""Parquet shards that `datasets` opens with pictures in them, written and read by Arrow.

`writer` writes row groups; `reader` and `groups` read them, from `files` on disks and behind URLs.
"""

from collections.abc import Sequence

from degradekit.dataset.formats.base import Format
from degradekit.dataset.formats.parquet.reader import ParquetReader
from degradekit.dataset.formats.parquet.writer import ParquetWriter
from degradekit.dataset.pictures import PictureFormat


def _card_text(pictures: Sequence[str], _: PictureFormat) -> str:
    return f"""
Every row holds its pair ({", ".join(f"`{kind}`" for kind in pictures)}), the exact degradation that made the LR, where
the tile lies in which photo (`key`, `tile`), and which of the degradations of the tile it is (`variant`).
{_AGAIN if "hr" in pictures else ""}"""


_AGAIN = """
To make an LR again, byte for byte, and what it is made from:

```python
from degradekit import Degradation

degradation = Degradation.from_json(row["degradation"])
assert degradation(row["hr"]).tobytes() == row["lr"].tobytes()
target = degradation.target(row["hr"])  # what the LR is made from
```

A plain `load_dataset` copies the HR of a tile once for each variant into its cache; `streaming=True` and
`degradekit.dataset.Pairs` do not.
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
