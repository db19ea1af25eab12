"""Blur by lenses and motion, and smoothing that keeps edges."""

from degradekit import (
    Bilateral,
    BoxBlur,
    DiscBlur,
    Median,
    MotionBlur,
    RandomKernel,
    TrajectoryBlur,
)

LEAVES = {
    "box_blur": BoxBlur(),
    "disc_blur": DiscBlur(),
    "motion_blur": MotionBlur(),
    "motion_blur long": MotionBlur(length=(10, 60), angle=(-3.0, 3.0)),
    "trajectory_blur": TrajectoryBlur(),
    "trajectory_blur whole": TrajectoryBlur(length=(20, 100), exposures=[1.0]),
    "random_kernel": RandomKernel(),
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
    "median": "f1bce2e1015e1bce",
    "bilateral": "cb134c53d4ddb7ab",
}

KEEP_OVERSHOOT = {
    "box_blur",
    "disc_blur",
    "motion_blur",
    "trajectory_blur",
    "random_kernel",
    "bilateral",
}
