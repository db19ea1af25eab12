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
    "kernel": "85502831ede170ba",
    "kernel sinc": "7b1c4f7468ee2fc2",
    "kernel variance": "592109f021aac6a4",
    "kernel single size": "5ed6ef88714c4627",
    "sinc": "a266e6d7286d1e51",
    "resize": "d83d68ab1b4455ad",
    "resize area": "c3a17b3e0839b11f",
    "resize lr": "729b7cf80c46f088",
    "resize exact": "93b7ce4e3fe5f256",
    "resize gaussian": "3a6b1a6dcee9a623",
    "resize reciprocal": "b00383c76ebdd97b",
    "noise": "4d72e27c3d52f0e3",
    "noise gaussian": "41b3e6a1c7425b61",
    "noise poisson peak": "0057b8d7c03e6381",
    "noise speckle": "ba3ce9484abde307",
    "jpeg": "ceb423f24507dade",
    "jpeg all": "e30521d49b7fd44d",
    "sharpen": "051987c1f6d3a778",
    "crop": "203f9f95ef2ac825",
}

KEEP_OVERSHOOT = {"kernel", "sinc", "resize", "crop"}
NOT_RANDOM = {"sharpen", "crop"}
