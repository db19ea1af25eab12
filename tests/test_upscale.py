"""Enlarging pictures of every kind with a trained generator."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import cv2  # noqa: E402
from click.testing import CliRunner  # noqa: E402
from degradekit_models.generator import RRDBNet  # noqa: E402
from degradekit_models.upscale import UpscaleError, enlarge, read, write  # noqa: E402
from degradekit_models.weights import save_generator  # noqa: E402
from PIL import Image  # noqa: E402

from degradekit_cli.main import main  # noqa: E402


class Nearest(torch.nn.Module):
    """Repeats each pixel: what comes out is known."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale, self.weight = scale, torch.nn.Parameter(torch.zeros(1))

    def forward(self, image):
        return torch.nn.functional.interpolate(image, scale_factor=self.scale, mode="nearest")


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
    write(tmp_path / "out.png", enlarge(Nearest(4), read(tmp_path / "in.png"), 16, 4))
    with Image.open(tmp_path / "out.png") as out, Image.open(tmp_path / "in.png") as given:
        wanted = {"LA": "RGBA", "P": "RGB"}.get(kind, kind)
        expected = np.asarray(given.convert(wanted)).repeat(4, 0).repeat(4, 1)
        np.testing.assert_array_equal(np.asarray(out.convert(wanted)), expected)
        assert out.mode == wanted


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 3), (9, 8, 4)])
def test_16_bits_stay_16_bits(shape, tmp_path):
    levels = np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "in.png"), levels)
    large = enlarge(Nearest(2), read(tmp_path / "in.png"), 0, 0)
    write(tmp_path / "out.png", large)
    found = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
    assert found.dtype == np.uint16
    difference = np.abs(found.astype(int) - levels.repeat(2, 0).repeat(2, 1))
    assert difference.max() <= 1  # float32 holds 24 bits
    write(tmp_path / "out.jpg", large)
    assert cv2.imread(str(tmp_path / "out.jpg"), cv2.IMREAD_UNCHANGED).dtype == np.uint8


def test_exif_rotation_is_applied(photo, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo("coffee.png")[:20, :32]).save(tmp_path / "in.jpg", exif=exif)
    assert read(tmp_path / "in.jpg").shape == (32, 20, 3)


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
    with pytest.raises(UpscaleError, match="target: cannot be written: No space left"):
        write(tmp_path / "out.png", read(tmp_path / "in.png"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_a_tile_that_the_device_has_no_memory_for_is_told_in_words():
    network = Nearest(4)

    def full(*_: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    network.register_forward_pre_hook(full)
    with pytest.raises(UpscaleError, match=r"tile: too large for the memory of the device.*\(got 512\)"):
        enlarge(network, np.zeros((8, 8, 3), np.uint8), 512, 32)
