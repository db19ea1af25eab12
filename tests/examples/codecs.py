"""The codecs of still pictures; their arithmetic is other libraries', so they have no goldens."""

from degradekit import AVIF, JPEG, JPEG2000, JPEGXL, JPEGPasses, JPEGTables, WebP

FLAT = (16,) * 64
STEEP = tuple(range(2, 130, 2))

LEAVES = {
    "jpeg 4:4:0, 4:1:1": JPEG(subsampling={"4:4:0": 1.0, "4:1:1": 1.0}),
    "jpeg_tables": JPEGTables(),
    "jpeg_tables own": JPEGTables(((FLAT, FLAT), (STEEP, FLAT)), (1, 100), {"4:2:0": 1.0, "4:2:2": 1.0, "4:4:4": 1.0}),
    "jpeg_passes": JPEGPasses(),
    "jpeg_passes later": JPEGPasses(
        quality_drops=(), later_qualities=((70, 90), 40), shift_probability=1.0, subsampling="4:1:1"
    ),
    "webp": WebP(),
    "webp all": WebP(quality=(0, 100)),
    "avif": AVIF(),
    "avif all": AVIF(quality=(0, 100), speed=(9, 10), subsampling={"4:2:0": 1.0, "4:2:2": 1.0, "4:4:4": 1.0}),
    "jpeg2000": JPEG2000(),
    "jpeg2000 all": JPEG2000(ratio=(1.0, 1000.0), wavelets={"9/7": 1.0, "5/3": 1.0}),
    "jpegxl": JPEGXL(),
    "jpegxl all": JPEGXL(quality=(0, 99), effort=(1, 5)),
}

GOLDENS: dict[str, str] = {}
