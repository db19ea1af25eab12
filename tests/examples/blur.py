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
    "box_blur": "11b3ba5830f10f9c",
    "disc_blur": "b3fedc57dc52bd13",
    "motion_blur": "db312aceaaaa5c0b",
    "motion_blur long": "88ef11c7a2d4ee16",
    "trajectory_blur": "ee4a8c6c96e32acc",
    "trajectory_blur whole": "77ff9a90dcfd9f94",
    "random_kernel": "68f29c3984378d87",
    "kernel_folder": "06ef77559530e6c5",
    "kernel_folder scaled": "6373946783735c5d",
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
