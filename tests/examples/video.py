"""Video codecs on a still, and subsampled chroma."""

from degradekit import AV1, H264, HEVC, MPEG2, MPEG4, VP9, ChromaSubsampling

_SUBSAMPLINGS = {"4:2:0": 1.0, "4:2:2": 1.0, "4:4:4": 1.0}

LEAVES = {
    "h264": H264(),
    "h264 all": H264((0, 51), {"ultrafast": 1.0, "veryslow": 1.0}, _SUBSAMPLINGS, frames=(1, 3), pick="any"),
    "hevc": HEVC(),
    "hevc all": HEVC((0, 51), {"ultrafast": 1.0, "slow": 1.0}, _SUBSAMPLINGS, frames=(1, 3)),
    "mpeg2": MPEG2(),
    "mpeg2 all": MPEG2((1, 31), {"4:2:0": 1.0, "4:2:2": 1.0}, frames=(2, 8), drift=(0.0, 0.0)),
    "mpeg4": MPEG4(),
    "mpeg4 all": MPEG4((1, 31), frames=(2, 8), pick="any"),
    "vp9": VP9(),
    "vp9 all": VP9((0, 63), (0, 5), _SUBSAMPLINGS, frames=(1, 3)),
    "av1": AV1(),
    "av1 all": AV1((1, 63), (5, 13), frames=(1, 3)),
    "chroma_subsampling": ChromaSubsampling(),
    "chroma_subsampling all": ChromaSubsampling(
        subsampling={"4:4:4": 1.0, "4:4:0": 1.0, "4:1:0": 1.0, "4:1:1": 1.0},
        down_filters={"lanczos": 1.0, "nearest": 1.0, "area": 1.0},
        up_filters={"bicubic_antialiased": 1.0, "lanczos": 1.0, "area": 1.0},
        decode_sitings={"center": 1.0, "left": 1.0},
        matrices={"bt601": 1.0, "bt709": 1.0},
        decode_matrices={"same": 1.0, "bt2020": 1.0, "smpte240m": 1.0},
        range_mistakes={"none": 1.0, "limited_as_full": 1.0, "full_as_limited": 1.0},
        blur_sigma=(0.5, 8.0),
    ),
}

GOLDENS = {
    "chroma_subsampling": "97dc0d0965e384e2",
    "chroma_subsampling all": "c6a627a6ea5946e7",
}
