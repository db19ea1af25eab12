"""Blur by lenses, motion and measured kernels, and smoothing that keeps edges."""

from pathlib import Path

from degradekit import (
    Bilateral,
    BoxBlur,
    DiscBlur,
    KernelFolder,
    Median,
    MotionBlur,
    RandomKernel,
    TrajectoryBlur,
)

KERNELS = Path(__file__).parent / "kernels"

LEAVES = {
    "box_blur": BoxBlur(),
    "disc_blur": DiscBlur(),
    "motion_blur": MotionBlur(),
    "motion_blur long": MotionBlur(length=(10, 60), angle=(-3.0, 3.0)),
    "trajectory_blur": TrajectoryBlur(),
    "trajectory_blur whole": TrajectoryBlur(length=(20, 100), exposures=[1.0]),
    "random_kernel": RandomKernel(),
    "kernel_folder": KernelFolder(str(KERNELS)),
    "kernel_folder scaled": KernelFolder(str(KERNELS), factor=(0.3, 2.5)),
    "median": Median(),
    "bilateral": Bilateral(),
}

GOLDENS = {
    "box_blur": "19e985195ddb149b",
    "disc_blur": "a978ffe49947761c",
    "motion_blur": "85704afcebf7edd6",
    "motion_blur long": "4c67b0a47c84b397",
    "trajectory_blur": "aa21528cf5a50af9",
    "trajectory_blur whole": "d867d786dbd44bd1",
    "random_kernel": "73105bf80d7d5a81",
    "kernel_folder": "c8cfef87ed0ee1e1",
    "kernel_folder scaled": "af29f6960da1519a",
    "median": "f1bce2e1015e1bce",
    "bilateral": "cb134c53d4ddb7ab",
}

KEEP_OVERSHOOT = {
    "box_blur",
    "disc_blur",
    "motion_blur",
    "trajectory_blur",
    "random_kernel",
    "kernel_folder",
    "bilateral",
}
