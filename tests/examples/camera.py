"""Cameras and film: sensor noise, what phones do about it, and grain."""

from degradekit import ISP, BooleanGrain, Camera, FilmGrain

LEAVES = {
    "camera": Camera(),
    "camera brooks": Camera(sensors="brooks", row_noise_ratio=0, bayer_patterns="RGGB", demosaic_methods="bilinear"),
    "camera malvar": Camera(sensors="brooks", demosaic_methods="malvar", red_gain=(1.2, 2.4), blue_gain=(1.2, 2.4)),
    "camera measured": Camera(sensors={"sony_a7s2": 1.0, "nikon_d850": 1.0}, push_stops=(0.0, 8.0), tone_curves="none"),
    "camera without mosaic": Camera(sensors="brooks", demosaic_methods="none"),
    "isp": ISP(),
    "isp denoising": ISP(denoising=(0.5, 3.0), sharpening=0),
    "film grain": FilmGrain(),
    "film grain of AV1's size": FilmGrain(size=1, strength=(0.3, 3.0)),
    "boolean grain": BooleanGrain(),
    "boolean grain coarse": BooleanGrain(radius=(0.5, 2.0), blur_sigma=(0.5, 2.0)),
}

GOLDENS = {
    "camera": "9d9ea9f909c789d7",
    "camera brooks": "cffa65c73bd7451f",
    "camera malvar": "a150d55c32989c38",
    "camera measured": "9d43add4ac6ea251",
    "camera without mosaic": "da70abafcbf8a8d0",
    "isp": "ca483f5124c3edc7",
    "isp denoising": "a9197bafef62ffa3",
    "film grain": "71cdb018737bea7a",
    "film grain of AV1's size": "81d7499c9495f066",
    "boolean grain": "1d0e1d9835ae0ee3",
    "boolean grain coarse": "97f1d4349aac500a",
}
