"""Enlarging pictures of every kind with a trained generator."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import cv2
from click.testing import CliRunner
from degradekit_models.files import FileError
from degradekit_models.generator import RRDBNet
from degradekit_models.upscale import UpscaleError, enlarge, jobs, read, write
from degradekit_models.weights import save_generator
from PIL import Image

from degradekit.picture_files import Picture
from degradekit_cli.main import main


class Nearest(torch.nn.Module):
    """Repeats each pixel: what comes out is known."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale, self.weight = scale, torch.nn.Parameter(torch.zeros(1))

    def forward(self, image):
        return torch.nn.functional.interpolate(image, scale_factor=self.scale, mode="nearest")


def enlarged(path, scale: int, tile: int, overlap: int):
    picture = read(path)
    return picture._replace(levels=enlarge(Nearest(scale), picture.levels, tile, overlap))


def small(scale: int = 4) -> RRDBNet:
    torch.manual_seed(0)
    return RRDBNet(scale, features=4, blocks=1).eval()


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize(("tile", "overlap"), [(0, 0), (7, 3), (16, 0), (100, 8)])
def test_tiles_fit_together_to_the_pixel(scale, tile, overlap):
    image = np.random.default_rng(0).integers(0, 256, (30, 41, 3), dtype=np.uint8)
    network, seen = Nearest(scale), []
    network.register_forward_pre_hook(lambda _, inputs: seen.append(max(inputs[0].shape[2:])))
    found = enlarge(network, image, tile, overlap)
    np.testing.assert_array_equal(found, image.repeat(scale, 0).repeat(scale, 1))
    assert len(seen) == (1 if tile in (0, 100) else -(-30 // tile) * -(-41 // tile))
    assert max(seen) <= (tile + 2 * overlap + 3 if tile else 44)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_tiles_with_enough_overlap_give_what_the_whole_picture_gives(scale):
    """One block and the rest reach 20 pixels and more of the unshuffled picture."""
    network, image = small(scale), np.random.default_rng(0).integers(0, 65536, (61, 70, 3), dtype=np.uint16)
    whole = enlarge(network, image, 0, 0)
    assert whole.shape == (61 * scale, 70 * scale, 3)
    tiled = enlarge(network, image, 32, 32 * 4 // scale)
    # Beside the picture's far edges a tile is padded otherwise where blocks of the unshuffle do not end there.
    inner = (slice(0, 52 * scale), slice(0, 60 * scale))
    assert np.abs(whole[inner].astype(int) - tiled[inner]).max() <= 1
    assert whole.std() > 100


@pytest.mark.parametrize("kind", ["L", "LA", "RGB", "RGBA", "P"])
def test_kinds_of_pictures_stay_what_they_are(kind, photo, tmp_path):
    source = Image.fromarray(photo("coffee.png")[:20, :24])
    if "A" in kind:
        source = source.convert(kind)
        source.putalpha(Image.fromarray(np.arange(480, dtype=np.uint16).reshape(20, 24).astype(np.uint8)))
    source.convert(kind).save(tmp_path / "in.png")
    write(tmp_path / "out.png", enlarged(tmp_path / "in.png", 4, 16, 4))
    with Image.open(tmp_path / "out.png") as out, Image.open(tmp_path / "in.png") as given:
        wanted = {"P": "RGB"}.get(kind, kind)
        expected = np.asarray(given.convert(wanted)).repeat(4, 0).repeat(4, 1)
        np.testing.assert_array_equal(np.asarray(out.convert(wanted)), expected)
        assert out.mode == wanted


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 3), (9, 8, 4)])
def test_16_bits_stay_16_bits(shape, tmp_path):
    levels = np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "in.png"), levels)
    large = enlarged(tmp_path / "in.png", 2, 0, 0)
    write(tmp_path / "out.png", large)
    found = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
    assert found.dtype == np.uint16
    difference = np.abs(found.astype(int) - levels.repeat(2, 0).repeat(2, 1))
    assert difference.max() <= 1  # float32 holds 24 bits
    write(tmp_path / "out.jpg", large)
    assert cv2.imread(str(tmp_path / "out.jpg"), cv2.IMREAD_UNCHANGED).dtype == np.uint8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(orientation, photo, tmp_path):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photo("coffee.png")[:20, :32]).save(tmp_path / "in.png", exif=exif)
    with Image.open(tmp_path / "in.png") as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(read(tmp_path / "in.png").levels, expected)


def test_samples_that_have_no_white_are_refused(tmp_path):
    for number, dtype in enumerate((np.int32, np.float32)):
        Image.fromarray(np.full((4, 4), 70000, dtype)).save(tmp_path / f"{number}.tif")
        with pytest.raises(UpscaleError, match=rf"source: cannot be read \(got '.*{number}.tif': .*samples"):
            read(tmp_path / f"{number}.tif")


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp"])
@pytest.mark.parametrize("bits", [8, 16])
def test_the_color_profile_goes_along(name, bits, tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    levels = np.zeros((8, 8, 3), np.uint8 if bits == 8 else np.uint16)
    write(tmp_path / name, Picture(levels, profile))
    with Image.open(tmp_path / name) as written:
        assert written.info["icc_profile"] == profile
    assert read(tmp_path / name).levels.dtype == (np.uint16 if (name, bits) == ("out.png", 16) else np.uint8)


@pytest.mark.parametrize(("scale", "tile", "overlap"), [(1, 33, 30), (1, 50, 31), (2, 33, 31)])
def test_tiles_begin_where_the_whole_picture_has_blocks(scale, tile, overlap):
    """Otherwise the pixel-unshuffle would take other pixels together than in the whole picture."""
    network, image = small(scale), np.random.default_rng(0).integers(0, 65536, (96, 96, 3), dtype=np.uint16)
    whole, tiled = enlarge(network, image, 0, 0), enlarge(network, image, tile, overlap)
    inner = slice(0, 64 * scale)  # a tile that ends within a block sees less than the whole picture there
    assert np.abs(whole[inner, inner].astype(int) - tiled[inner, inner]).mean() < 0.01 * whole.std()


def test_values_that_are_no_numbers_are_no_picture():
    network = Nearest(4)
    network.register_forward_hook(lambda _, __, result: result * float("nan"))
    with pytest.raises(UpscaleError, match=r"model: makes values that are no finite numbers in torch.float32"):
        enlarge(network, np.zeros((8, 8, 3), np.uint8), 0, 0)


def test_what_is_read_is_never_written_over_and_every_picture_gets_a_name_of_its_own(photo, tmp_path):
    for name in ("in/a.png", "in/a.jpg", "in/b.jpg"):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.fromarray(photo("coffee.png")[:8, :8]).save(tmp_path / name)
    source = tmp_path / "in"
    assert [target.name for _, target in jobs(source, tmp_path / "v1.5")] == ["a.jpg.png", "a.png.png", "b.png"]
    inside = jobs(source, source / "large")
    (source / "large").mkdir()
    (source / "large" / "b.png").write_bytes((source / "b.jpg").read_bytes())
    assert jobs(source, source / "large") == inside
    assert jobs(source / "b.jpg", source / "large") == [(source / "b.jpg", source / "large" / "b.png")]
    (source / "a.jpg").unlink()
    for one, other in ((source, source), (source / "a.png", source / "a.png"), (source / "a.png", source)):
        with pytest.raises(UpscaleError, match="target: must not be where the pictures are"):
            jobs(one, other)


def test_the_command_enlarges_files_and_folders(photo, tmp_path):
    save_generator(small(), tmp_path / "g.safetensors")
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.jpg"):
        Image.fromarray(photo("coffee.png")[:16, :20]).save(tmp_path / "in" / name)
    (tmp_path / "in" / "bad.png").write_text("no picture")

    def run(*arguments: object):
        return CliRunner().invoke(main, ["upscale", *map(str, arguments), "--device", "cpu"])

    done = run(tmp_path / "g.safetensors", tmp_path / "in", tmp_path / "out")
    assert done.exit_code == 3
    assert "2 of 3 pictures enlarged x4" in done.output
    assert "bad.png" in done.output
    with Image.open(tmp_path / "out" / "deep" / "b.png") as enlarged:
        assert enlarged.size == (80, 64)
    one = run(tmp_path / "g.safetensors", tmp_path / "in" / "a.png", tmp_path / "one.webp")
    assert one.exit_code == 0, one.output
    for arguments, message in (
        ((tmp_path / "none.pth", tmp_path / "in", tmp_path / "o"), "weights: cannot be read"),
        ((tmp_path / "g.safetensors", tmp_path / "none", tmp_path / "o"), "source: no such file or folder"),
        ((tmp_path / "g.safetensors", tmp_path / "in" / "a.png", tmp_path / "o.gif"), "target: must end in"),
    ):
        wrong = run(*arguments)
        assert wrong.exit_code == 1
        assert message in wrong.output
        assert "Traceback" not in wrong.output


def test_a_picture_that_cannot_be_written_leaves_nothing(photo, tmp_path, monkeypatch):
    Image.fromarray(photo("coffee.png")[:8, :8]).save(tmp_path / "in.png")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(FileError, match=r"out.png: cannot be written \(No space left on device\)"):
        write(tmp_path / "out.png", read(tmp_path / "in.png"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("MPS backend out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_tile_that_the_device_has_no_memory_for_is_told_in_words(error):
    network = Nearest(4)

    def full(*_: object) -> None:
        raise error

    network.register_forward_pre_hook(full)
    with pytest.raises(UpscaleError, match=r"tile: too large for the memory of the device.*\(got 512\)"):
        enlarge(network, np.zeros((8, 8, 3), np.uint8), 512, 32)
