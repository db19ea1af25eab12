"""Hostile weights are refused in words before they take memory, time or anything else."""

import os
import zipfile

import pytest

torch = pytest.importorskip("torch")

from degradekit_models.generator import RRDBNet
from degradekit_models.losses.perceptual import PerceptualLoss
from degradekit_models.weights import WeightsError, load_generator
from hostile_weights import Call, claimed, edited, write_pth

from degradekit import DegradekitError
from degradekit.limits import MAX_BLOCKS, MAX_FEATURES

NAME = "conv_first.weight"
MARK = "body.0.rdb1.conv1.weight"
F, B = MAX_FEATURES, MAX_BLOCKS


def having(name, value):
    return edited(lambda weights: weights.update({name: value}))


def having_named(names, value):
    return edited(lambda weights: weights.update(dict.fromkeys(names, value)))


def forged(tensor):
    return lambda path, _: write_pth(path, {MARK: tensor})


def bytes_of(data):
    return lambda path, _: path.write_bytes(data)


def compressed(path, _):
    tensor = claimed((10**6,), (1,), count=10**6)
    write_pth(path, {NAME: tensor}, numbers=bytes(4 * 10**6), compression=zipfile.ZIP_DEFLATED)


def script(path, _):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/constants.pkl", b"")
        archive.writestr("archive/data.pkl", b"")


def two_of_one_name(path, weights):
    torch.save(weights, path)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(archive.namelist()[0], b"")


def flipped_bit(path, weights):
    torch.save(weights, path)
    path.write_bytes(path.read_bytes().replace(b"conv_last", b"conv_lbst", 1))


def full(value, **options):
    return having(NAME, torch.full((8, 3, 3, 3), value, **options))


COPY = torch._utils._rebuild_device_tensor_from_cpu_tensor
QUANTIZED = Call(torch._utils._rebuild_qtensor, claimed((1,), (1,)), 0, (10**10,), (1,), (), False, {})
CALLS = r"must hold named tensors and plain data only; save the state_dict\(\) of a network \(it needs [\w.]+\)"
HOSTILE = {
    "a stride of 0": (
        forged(claimed((10**12,), (0,))),
        "must have its numbers in the file, and has the shape 10000000",
    ),
    "a shape that overflows": (forged(claimed((2**40, 2**40), (0, 0))), "Error"),
    "a storage that is not there": (forged(claimed((10**9,), (1,), count=10**9)), "Error"),
    "a negative stride": (forged(claimed((2,), (-1,), count=2)), "Error"),
    "a compressed file": (compressed, "must not be compressed"),
    "a flipped bit": (flipped_bit, "it is damaged; download or save it again; BadZipFile: Bad CRC-32"),
    "a script": (script, "is a TorchScript archive"),
    "two members of one name": (two_of_one_name, "must not have two members of one name"),
    "sparse": (having(NAME, torch.eye(3).to_sparse()), CALLS),
    "on no device": (having(NAME, torch.ones(2, device="meta")), CALLS),
    "quantized": (forged(QUANTIZED), CALLS),
    "copied from nothing": (forged(Call(COPY, claimed((10**10,), (0,)), torch.float64, "cpu", False)), CALLS),
    "a module": (having("network", torch.nn.Linear(1, 1)), CALLS),
    "code": (forged(Call(os.system, "exit 1")), CALLS),
    "complex": (having(NAME, torch.ones(2, dtype=torch.complex64)), "conv_first.weight must hold .* holds complex64"),
    "integers": (having(NAME, torch.ones(2, dtype=torch.int64)), "holds int64"),
    "float8": (having(NAME, torch.ones(2).to(torch.float8_e5m2)), CALLS),
    "NaN": (full(float("nan")), "conv_first.weight must be finite in float32"),
    "infinite in float32": (full(1e300, dtype=torch.float64), "must be finite in float32"),
    "a name that is not text": (having((1, 2), torch.ones(1)), "the names of tensors must be text"),
    "many features": (having(NAME, torch.ones(300, 3, 1, 1)), f"at most {F} features and {B} blocks, and has 300"),
    "features without numbers": (having(NAME, torch.ones(10**9, 3, 0, 3)), f"at most {F} .* has 1,000,000,000 and 1"),
    "no features": (having(NAME, torch.ones(0, 3, 3, 3)), f"at most {F} features and {B} blocks, and has 0"),
    "many blocks": (having_named((f"body.{n}.x" for n in range(1000)), torch.ones(1)), "and has 8 and 1,000"),
    "blocks by name": (having_named((f"body.{n}.x" for n in range(B)), torch.ones(1)), "there is no body.1.rdb1.conv1"),
    "many tensors": (having_named(map(str, range(20_000)), torch.ones(0)), "must have at most 20,000 tensors"),
    "a name of many digits": (
        having(f"model.{'9' * 5000}.weight", torch.ones(1)),
        r"'model\.9+' does not belong to it",
    ),
    "many networks": (having_named((f"{n}.{MARK}" for n in range(15_000)), torch.ones(1)), "does not belong to it"),
    "an escape sequence": (having("\x1b[31m", torch.ones(1)), r"'\\x1b\[31m' does not belong to it"),
    "nothing": (bytes_of(b""), "not a file of named tensors"),
    "text": (bytes_of(b"weights"), "it is text: not a file of named tensors"),
    "a pickle of Python's": (bytes_of(b"\x80\x04N."), "not a file of named tensors"),
    "a list": (lambda path, _: torch.save([1], path), "must be a file of named tensors"),
    "a folder": (lambda path, _: path.mkdir(), "must be a file, and is a folder"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_weights_are_refused_with_their_file_and_the_reason(kind, tmp_path, recwarn):
    write, message = HOSTILE[kind]
    path = tmp_path / "hostile.pth"
    write(path, RRDBNet(4, 8, 1).state_dict())
    recwarn.clear()
    with pytest.raises(WeightsError, match=f"^weights: .*{message}") as caught:
        load_generator(path)
    assert "hostile.pth" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert not recwarn.list


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xff" * 8,
        (2**40).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (61).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4]}} ' + bytes(4),
        (66).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999]}}' + bytes(4),
        (57).to_bytes(8, "little") + b'{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}   ' + bytes(8),
        (57).to_bytes(8, "little") + b'{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}   ' + bytes(8),
    ],
)
def test_hostile_safetensors_are_refused_in_words(header, tmp_path):
    (tmp_path / "hostile.safetensors").write_bytes(header)
    with pytest.raises(WeightsError, match=r"^weights: cannot be read .*hostile\.safetensors"):
        load_generator(tmp_path / "hostile.safetensors")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.parametrize("extension", ["pth", "safetensors"])
def test_a_named_pipe_is_not_waited_for(extension, tmp_path):
    os.mkfifo(tmp_path / f"pipe.{extension}")
    with pytest.raises(WeightsError, match="must be a regular file, and is a named pipe"):
        load_generator(tmp_path / f"pipe.{extension}")
    with pytest.raises(DegradekitError, match=r"^vgg19: .*must be a regular file, and is a named pipe"):
        PerceptualLoss(tmp_path / f"pipe.{extension}")


def test_weights_of_vgg19_are_checked_in_the_same_way(vgg19, tmp_path):
    weights = torch.load(vgg19)
    for value, message in (
        (torch.full((64,), float("inf")), "0.bias must be finite"),
        (torch.ones(1, dtype=torch.int64), "holds int64"),
    ):
        torch.save(weights | {"features.0.bias": value}, tmp_path / "vgg.pth")
        with pytest.raises(DegradekitError, match=f"vgg19: must be torchvision's VGG19 weights .*{message}"):
            PerceptualLoss(tmp_path / "vgg.pth")


def test_files_of_old_releases_of_torch_are_read(tmp_path):
    weights = RRDBNet(4, 8, 1).state_dict()
    for precision in (torch.float16, torch.bfloat16, torch.float64):
        saved = {name: value.to(precision) for name, value in weights.items()}
        torch.save(saved, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
        loaded = load_generator(tmp_path / "old.pth").state_dict()
        assert all(torch.equal(loaded[name], saved[name].float()) for name in weights)
