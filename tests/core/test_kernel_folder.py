"""Kernels from a folder: what is read, what is drawn, what a record holds, and what is refused."""

import base64
import shutil

import numpy as np
import pytest
from bounds import assert_frequency
from examples.blur import KERNELS
from PIL import Image

from degradekit import Degradation, KernelFolder, RecipeError, recipes
from degradekit.errors import RecordError
from degradekit.functional.psfs import centered
from degradekit.operators.kernel_files import kernels_of
from degradekit.operators.kernel_folder import KernelFolderStep


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(KERNELS, tmp_path / "kernels")


def moments(kernel):
    offsets = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
    exact = kernel.astype(np.float64)
    rows, columns = exact.sum(1), exact.sum(0)
    return exact.sum(), (rows * offsets).sum(), (columns * offsets).sum(), (rows * offsets**2).sum()


@pytest.mark.parametrize("factor", [0.1, 0.5, 1.0, 1.3, 3.0, 8.0])
def test_a_kernel_is_centered_and_its_weight_is_kept_at_any_size(factor):
    values = np.random.default_rng(1).random((6, 11)) ** 4
    kernel = centered(values, factor)
    assert kernel.shape[0] % 2 == 1
    np.testing.assert_allclose(moments(kernel)[:3], [1, 0, 0], atol=1e-12)


def test_a_kernel_that_is_centered_is_not_changed():
    values = np.outer([1, 2, 1], [1, 4, 1]).astype(np.float64)
    np.testing.assert_allclose(centered(values, 1.0), values / values.sum(), atol=1e-15)


def test_a_shift_to_the_centroid_is_bilinear():
    np.testing.assert_allclose(centered(np.array([[1.0, 3.0]]), 1.0)[1], [0.1875, 0.625, 0.1875], atol=1e-15)


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.0, 5.0])
def test_the_width_of_a_kernel_grows_with_the_factor(factor):
    """Sharing among pixels adds up to 1/4 to the variance, and the area of an enlarged pixel factor^2 / 12."""
    line = np.zeros((41, 41))
    line[:, 20] = 1
    variance = factor**2 * (41**2 - 1) / 12
    assert variance - 1e-9 <= moments(centered(line, factor))[3] <= variance + 0.25 + factor**2 / 12


def test_arrays_and_pictures_are_drawn_evenly_and_the_record_needs_no_folder(folder):
    operator = KernelFolder(str(folder))
    drawn = [operator.sample((64, 64), seed=1, variant=v) for v in range(1000)]
    shutil.rmtree(folder)
    files = [degradation.steps[0].file for degradation in drawn]
    assert set(files) == {"coma.png", "shaken.npy"}
    assert_frequency(files.count("coma.png"), 1000, 0.5)
    again = Degradation.from_json(drawn[0].to_json())
    assert again == drawn[0]
    assert again.steps[0].kernel().sum() == pytest.approx(1)


def test_the_label_is_the_file_centered_and_rounded_to_16_bits(folder):
    for variant in range(10):
        (step,) = KernelFolder(str(folder)).sample((64, 64), seed=1, variant=variant).steps
        path = folder / step.file
        picture = path.suffix == ".png"
        values = np.asarray(Image.open(path), float) if picture else np.load(path).astype(float)
        expected = centered(values, 1.0)
        half, center = step.size // 2, expected.shape[0] // 2
        middle = expected[center - half : center + half + 1, center - half : center + half + 1]
        assert np.abs(step.psf() - middle).max() < expected.max() / 65535
        np.testing.assert_allclose(moments(step.kernel())[:3], [1, 0, 0], atol=1e-4)


def test_factors_are_drawn_and_widen_the_kernels(folder):
    (folder / "coma.png").unlink()
    sizes = []
    for factor in (0.5, 1.0, 3.0):
        (step,) = KernelFolder(str(folder), factor=factor).sample((64, 64), seed=1).steps
        sizes.append(step.size)
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_dtypes_orders_and_depths_of_files_make_no_difference(tmp_path):
    values = np.random.default_rng(0).integers(0, 200, (5, 7))
    kernels = []
    for index, array in enumerate(
        [values.astype("<f4"), values.astype(">f8"), np.asfortranarray(values), values.astype(np.uint8), values * 7.0]
    ):
        inner = tmp_path / str(index)
        inner.mkdir()
        np.save(inner / "k.npy", array)
        kernels.append(KernelFolder(str(inner)).sample((9, 9), seed=0).kernels()[0])
    for index, array in enumerate((values.astype(np.uint8), (values * 257).astype(np.uint16))):
        inner = tmp_path / f"picture {index}"
        inner.mkdir()
        Image.fromarray(array).save(inner / "k.png")
        kernels.append(KernelFolder(str(inner)).sample((9, 9), seed=0).kernels()[0])
    for kernel in kernels[1:]:
        np.testing.assert_array_equal(kernel, kernels[0])


def test_the_digest_pins_the_content_and_names_decide_nothing(folder):
    operator = KernelFolder(str(folder))
    assert len(operator.digest) == 64
    assert KernelFolder(str(folder), digest=operator.digest) == operator
    (folder / "notes.txt").write_text("not a kernel")
    (folder / ".hidden.npy").write_bytes(b"")
    assert KernelFolder(str(folder)) == operator
    kernels = [operator.sample((9, 9), seed=0, variant=variant).steps[0].values for variant in range(9)]
    kernels_of.cache_clear()
    (folder / "coma.png").rename(folder / "z.png")
    renamed = KernelFolder(str(folder))
    assert renamed == operator
    assert [renamed.sample((9, 9), seed=0, variant=variant).steps[0].values for variant in range(9)] == kernels
    with pytest.raises(RecipeError, match=r"kernel_folder: folder: must have the kernels .* of the recipe, and"):
        KernelFolder(str(folder), digest="0" * 64).sample((9, 9), seed=0)


def test_a_recipe_with_its_digest_is_read_where_the_folder_is_not(folder):
    text = recipes.dumps(KernelFolder(str(folder)))
    shutil.rmtree(folder)
    operator = recipes.loads(text)
    assert recipes.dumps(operator) == text
    with pytest.raises(RecipeError, match=r"folder: must be a folder with kernels .* cannot be read"):
        KernelFolder(str(folder), digest=operator.digest, factor=2).sample((9, 9), seed=0)


def write(name, make):
    return lambda folder: make(folder / name)


def pickled(path):
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def cut(path):
    np.save(path, np.ones((9, 9)))
    path.write_bytes(path.read_bytes()[:-8])


def unclosed(path):
    path.write_bytes(b"\x93NUMPY\2\0\x09\0\0\0" + b"{'a': (((")


def declares_much(path):
    np.save(path, np.ones((9, 9)))
    path.write_bytes(path.read_bytes().replace(b"(9, 9), }  ", b"(900000000000, 9), }  ", 1))


BROKEN = {
    "nothing": (lambda _: None, "must have 1 to 10,000 kernels \\(.npy arrays or pictures\\), and has 0"),
    "no array": (
        write("a.npy", lambda p: p.write_bytes(b"PK")),
        r"a\.npy must be an array that numpy\.save has written",
    ),
    "damaged header": (write("a.npy", unclosed), r"a\.npy must be an array that numpy\.save has written"),
    "pickle": (write("a.npy", pickled), r"kernels must be arrays of real numbers \(got .*a\.npy, object\)"),
    "complex": (write("a.npy", lambda p: np.save(p, np.ones((3, 3)) * 1j)), "arrays of real numbers .* complex128"),
    "cut off": (write("a.npy", cut), r"a\.npy must be a whole array, and is cut off"),
    "huge": (write("a.npy", declares_much), r"kernels must have two axes of 1 to 255 pixels \(got .*a\.npy, shape"),
    "one axis": (write("a.npy", lambda p: np.save(p, np.ones(9))), r"must have two axes of 1 to 255 pixels"),
    "negative": (write("a.npy", lambda p: np.save(p, -np.ones((3, 3)))), r"finite values >= 0; set the others to 0"),
    "NaN": (write("a.npy", lambda p: np.save(p, np.full((3, 3), np.nan))), r"finite values >= 0; set the others to 0"),
    "zero": (write("a.npy", lambda p: np.save(p, np.zeros((3, 3)))), r"must have a value above 0 \(got .*a\.npy\)"),
    "wide": (
        write("a.npy", lambda p: np.save(p, np.ones((80, 80)))),
        r"at most 63 pixels a side .* use a lower factor",
    ),
    "long file": (
        write("a.npy", lambda p: p.write_bytes(bytes(2**20 + 1))),
        r"kernels .* that can be read \(a\.npy: must have at most 1,048,576 bytes\)",
    ),
    "no picture": (
        write("a.png", lambda p: p.write_bytes(b"abc")),
        r"folder: kernels must be pictures or arrays; .*a\.png cannot be read \(not an image\)",
    ),
    "large picture": (
        write("a.png", lambda p: Image.new("L", (300, 200), 1).save(p)),
        r"kernels must have two axes of 1 to 255 pixels \(got .*a\.png, shape \(200, 300\)\)",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_a_kernel_is_refused_in_one_sentence(name, tmp_path):
    make, message = BROKEN[name]
    make(tmp_path)
    with pytest.raises(RecipeError, match=message) as caught:
        KernelFolder(str(tmp_path)).sample((64, 64), seed=0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"size": 65}, "size: must be odd and between 1 and 63"),
        ({"values": "no base64!"}, "values: must be base64"),
        ({"values": base64.b64encode(bytes(18)).decode()}, "values: must be 9 integers of 16 bits, not all 0"),
        ({"values": base64.b64encode(b"\1" * 20).decode()}, r"values: must be 9 integers of 16 bits.*20 bytes"),
        ({"file": "a" * 300}, "file: must have at most 255 character"),
    ],
)
def test_a_record_with_a_kernel_that_is_none_is_refused(fields, message):
    good = {"file": "a.npy", "size": 3, "values": base64.b64encode(b"\1" * 18).decode()}
    assert KernelFolderStep(**good).kernel().shape == (3, 3)
    with pytest.raises(RecordError, match=message):
        KernelFolderStep(**(good | fields))


def test_a_measured_kernel_of_the_largest_side_fits_a_record_many_times(tmp_path):
    np.save(tmp_path / "wide.npy", np.random.default_rng(0).random((61, 61)))
    degradation = KernelFolder(str(tmp_path)).sample((64, 64), seed=0)
    assert degradation.steps[0].size >= 61
    assert len(degradation.to_json()) < 12_000
