"""Labels: kernels and parameters of draws as tensors of fixed sizes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from degradekit_models import OnTheFly
from degradekit_models.labels import LabelEncoder

from degradekit import Chain, HighOrder, Kernel, KernelFolder, Maybe, Resize
from degradekit.parameters import HOW_OFTEN

SIZE = (64, 64)
SOMETIMES = Chain(
    (Kernel(sinc_probability=0), Maybe(Kernel(size=(9, 9), sinc_probability=0), 0.5), Resize(to="lr")), scale=4
)


def vector(labels: LabelEncoder, degradation) -> dict[str, float]:
    return dict(zip(labels.parameter_names, labels.encode(degradation)["parameters"].tolist(), strict=True))


def test_items_have_labels_if_asked_for(photos):
    pairs = OnTheFly(photos, HighOrder(), 32, 64, labels=True)
    batch = next(iter(torch.utils.data.DataLoader(pairs, batch_size=len(pairs))))
    assert batch["kernels"].shape == (5, 3, 21, 21)
    assert batch["parameters"].shape == (5, len(pairs.parameter_names))
    assert torch.isfinite(batch["parameters"]).all()
    assert OnTheFly(photos, HighOrder(), 32, 64).parameter_names == ()


def test_kernels_are_the_draws_with_zeros_around_them_and_deltas_after_the_last():
    labels = LabelEncoder(SOMETIMES, SIZE)
    counts = set()
    for seed in range(20):
        drawn = SOMETIMES.sample(SIZE, seed=seed)
        kernels = labels.encode(drawn)["kernels"].numpy()
        assert kernels.shape == (2, 21, 21)
        counts.add(len(drawn.kernels()))
        for padded, kernel in zip(kernels, [*drawn.kernels(), np.ones((1, 1), np.float32)], strict=False):
            assert np.array_equal(padded, np.pad(kernel, (21 - kernel.shape[0]) // 2))
    assert counts == {1, 2}


def test_a_kernel_larger_than_those_of_the_trial_draws_keeps_its_center_and_its_sum():
    labels = LabelEncoder(
        Chain((Kernel(size=(7, 7), sigma=(3, 3), sinc_probability=0), Resize(to="lr")), scale=4), SIZE
    )
    larger = Kernel(size=(21, 21), sigma=(3, 3), sinc_probability=0).sample(SIZE, seed=0)
    (kernel,) = labels.encode(larger)["kernels"].numpy()
    center = larger.kernels()[0][7:14, 7:14]
    assert kernel.shape == (7, 7)
    np.testing.assert_allclose(kernel, center / center.sum(), rtol=1e-6)


def test_numbers_words_and_counts_have_an_element_each():
    labels = LabelEncoder(SOMETIMES, SIZE)
    for seed in range(10):
        drawn = SOMETIMES.sample(SIZE, seed=seed)
        first, *others = (step for step in drawn.steps if step.op == "kernel")
        values = vector(labels, drawn)
        assert values["kernel 1: sigma_x"] == np.float32(first.sigma_x)
        families = {name: value for name, value in values.items() if name.startswith("kernel 1: family = ")}
        assert {name for name, value in families.items() if value} == {f"kernel 1: family = {first.family}"}
        assert len(families) == 6
        assert values[f"kernel{HOW_OFTEN}"] == 1 + len(others)
        assert (values["kernel 2: size"] == 9) == bool(others)


def test_names_are_fixed_for_a_recipe():
    """The names of one recipe are pinned, as a network that was trained with them relies on their order."""
    names = LabelEncoder(SOMETIMES, SIZE).parameter_names
    assert names == LabelEncoder(SOMETIMES, SIZE).parameter_names
    assert [name for name in names if "family" not in name] == [
        "kernel 1: beta", "kernel 1: sigma_x", "kernel 1: sigma_y", "kernel 1: size", "kernel 1: theta",
        "kernel 2: beta", "kernel 2: sigma_x", "kernel 2: sigma_y", "kernel 2: size", "kernel 2: theta",
        "kernel: how often", "resize 1: factor", "resize 1: filter = area", "resize 1: filter = bicubic",
        "resize 1: filter = bilinear", "resize 1: height", "resize 1: width", "resize: how often",
    ]  # fmt: skip


def test_fields_that_are_no_categories_are_left_out(tmp_path):
    """Measured kernels are texts of which each is different."""
    for index in range(70):
        np.save(tmp_path / f"{index}.npy", np.eye(3, dtype=np.float32) + index)
    recipe = Chain((KernelFolder(str(tmp_path)), Resize(to="lr")), scale=4)
    labels = LabelEncoder(recipe, SIZE)
    assert not any("values" in name or ".npy" in name for name in labels.parameter_names)
    assert labels.kernel_shape == (1, 3, 3)
