"""The operators of Real-ESRGAN's and BSRGAN's models."""

from degradekit import JPEG, Crop, Kernel, Noise, Resize, Sharpen, Sinc

LEAVES = {
    "kernel": Kernel(),
    "kernel sinc": Kernel(sinc_probability=1.0),
    "kernel variance": Kernel(sigma=(0.01, 8.0), sigma_law="variance", families={"aniso": 1.0}, sinc_probability=0.0),
    "kernel two spans": Kernel(sigma=(0.2, 4.0), families="aniso", sinc_probability=0.0, sigma_y=(0.8, 3.0)),
    "kernel single size": Kernel(size=(9, 9)),
    "sinc": Sinc(),
    "resize": Resize(),
    "resize area": Resize(filters={"area": 1.0}),
    "resize lr": Resize(to="lr", factor=(0.3, 1.2), direction={"up": 0.3, "down": 0.4, "keep": 0.3}),
    "resize exact": Resize(to=(11, 6), filters={"bicubic_antialiased": 1.0, "lanczos": 1.0, "nearest": 1.0}),
    "resize gaussian": Resize(factor=(0.25, 0.25), direction={"down": 1.0}, filters={"gaussian": 1.0}),
    "resize reciprocal": Resize(factor=(0.125, 1.0), direction={"down": 1.0}, factor_law="reciprocal"),
    "noise": Noise(),
    "noise gaussian": Noise(kinds={"gaussian": 1.0}, channels={"color": 1.0, "gray": 1.0, "correlated": 1.0}),
    "noise poisson peak": Noise(kinds={"poisson": 1.0}, peak=(100.0, 10_000.0)),
    "noise speckle": Noise(kinds={"speckle": 1.0}, channels={"correlated": 1.0}),
    "jpeg": JPEG(),
    "jpeg all": JPEG(quality=(1, 100), subsampling={"4:2:0": 1.0, "4:2:2": 1.0, "4:4:4": 1.0}),
    "sharpen": Sharpen(),
    "crop": Crop(),
}

GOLDENS = {
    "kernel": "afadac8527faf6d9",
    "kernel sinc": "3f2b6e8250c25bd5",
    "kernel variance": "37ee84506296ba53",
    "kernel single size": "88e19d97b57716e2",
    "sinc": "7714da82e0487f49",
    "resize": "851a0b2b45ba4977",
    "resize area": "09a99121858ac2e2",
    "resize lr": "f0abab2e08a6b0e8",
    "resize exact": "8feccbb9e91d47c1",
    "resize gaussian": "ebad477c47439769",
    "resize reciprocal": "9e29a9e959309e8b",
    "noise": "4d72e27c3d52f0e3",
    "noise gaussian": "41b3e6a1c7425b61",
    "noise poisson peak": "0057b8d7c03e6381",
    "noise speckle": "ba3ce9484abde307",
    "jpeg": "ceb423f24507dade",
    "jpeg all": "e30521d49b7fd44d",
    "sharpen": "d16358175a39c4bb",
    "crop": "203f9f95ef2ac825",
}

KEEP_OVERSHOOT = {"kernel", "sinc", "resize", "crop"}
NOT_RANDOM = {"sharpen", "crop"}
