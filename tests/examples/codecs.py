"""The codecs of still pictures; their arithmetic is other libraries', so they have no goldens."""

from degradekit import JPEG

LEAVES = {
    "jpeg 4:4:0, 4:1:1": JPEG(subsampling={"4:4:0": 1.0, "4:1:1": 1.0}),
}

GOLDENS: dict[str, str] = {}
