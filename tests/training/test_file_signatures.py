"""Files that hold no weights are refused by what they are, without advice to switch a safeguard off."""

import gzip
import io
import zipfile

import pytest

torch = pytest.importorskip("torch")

from degradekit_models.generator import RRDBNet
from degradekit_models.losses.perceptual import PerceptualLoss
from degradekit_models.weights import WeightsError, load_generator, save_generator

from degradekit import DegradekitError

OPTIMIZER = {"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 1e-4}]}


def saved(data: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(data, buffer)
    return buffer.getvalue()


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def script() -> bytes:
    return archive(**{"net/data.pkl": b"", "net/constants.pkl": b""})


def half_a_file(extension: str, folder) -> bytes:
    save_generator(RRDBNet(4, features=4, blocks=1), folder / f"whole.{extension}")
    data = (folder / f"whole.{extension}").read_bytes()
    return data[: len(data) // 2]


KINDS = {
    "ONNX": (b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:", "it is an ONNX file; give the file that PyTorch has saved"),
    "TorchScript": (script, "it is a TorchScript archive, which is a program"),
    "a whole network": (
        lambda: saved(torch.nn.Linear(1, 1)),
        r"save the state_dict\(\) of a network \(it needs torch\.nn\.modules\.linear\.Linear\)",
    ),
    "BasicSR's training state": (lambda: saved({"epoch": 1, "optimizers": [OPTIMIZER]}), "it is the state of an opt"),
    "KAIR's optimizer": (lambda: saved(OPTIMIZER), "it is the state of an optimizer or of a training"),
    "another network": (lambda: saved({"params": {"body.0.weight": torch.ones(1)}}), "begins with 'body.0.weight'"),
    "HTML": (b"\n<!DOCTYPE html><html>Not Found</html>", "it is an HTML page, perhaps in place of a download"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "it is a Git LFS pointer, .*git lfs pull"),
    "ncnn's .param": (b"7767517\n1 1\nInput data 0 1 data\n", "it is ncnn's description of a network"),
    "ncnn's .bin in 16 bits": (b"\x47\x6b\x30\x01" + bytes(range(200)), "it is a file of ncnn's weights"),
    "ncnn's .bin in 32 bits": (bytes(4) + bytes(range(200)), "it begins with zeros, as ncnn's weights do"),
    "zip": (lambda: archive(readme=b"x"), "it is a zip archive of other files; unpack it"),
    "gzip": (lambda: gzip.compress(b"x"), "it is a gzip file; unpack it"),
    "text": (b'{"error": "rate limit"}', "it is text: not a file of named tensors"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_hold_no_weights_are_refused_by_what_they_are(kind, tmp_path):
    content, message = KINDS[kind]
    path = tmp_path / "g.pth"
    path.write_bytes(content() if callable(content) else content)
    with pytest.raises(WeightsError, match=rf"^weights: .* \(got .*g\.pth': .*{message}") as caught:
        load_generator(path)
    assert_no_safeguard_is_named(caught.value)
    with pytest.raises(DegradekitError, match=r"^vgg19: ") as caught:
        PerceptualLoss(path)
    assert_no_safeguard_is_named(caught.value)


@pytest.mark.parametrize(
    ("extension", "message"),
    [("pth", "it is cut off, as a download that was not finished"), ("safetensors", "that is cut off or damaged")],
)
def test_an_incomplete_download_is_refused_as_such(extension, message, tmp_path):
    (tmp_path / "g").write_bytes(half_a_file(extension, tmp_path))
    with pytest.raises(WeightsError, match=message) as caught:
        load_generator(tmp_path / "g")
    assert_no_safeguard_is_named(caught.value)


def assert_no_safeguard_is_named(error: Exception) -> None:
    text = str(error).lower()
    assert not any(word in text for word in ("weights_only", "safe_globals", "allowlist", "trust"))
