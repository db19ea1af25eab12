"""Simulations that are kept on the disk."""

import dataclasses
import os

import numpy as np
import pytest

from degradekit import JPEG, Chain, Noise, Resize
from degradekit.matching import cache, drawing
from degradekit.matching.samples import Simulation
from degradekit.matching.simulating import is_kept, simulate
from degradekit.statistics import STATISTICS

RECIPE = Chain((Resize(to="lr"), Noise(sigma=(1, 20)), JPEG(quality=(30, 95))), scale=2)


@pytest.fixture(autouse=True)
def measured(monkeypatch) -> list[int]:
    """The means of the crops that are measured; nothing else is computed of them."""
    means: list[int] = []

    def measure(lr):
        means.append(lr.mean())
        return np.linspace(0, lr.mean(), len(STATISTICS))

    monkeypatch.setattr(drawing, "measure_crop", measure)
    return means


@pytest.fixture
def draw(hr):
    return lambda recipe=RECIPE, hr=hr, count=6, seed=0: simulate(recipe, hr, 64, count, seed, workers=0)


def assert_equal(one: Simulation, other: Simulation) -> None:
    for field in dataclasses.fields(Simulation):
        values, others = getattr(one, field.name), getattr(other, field.name)
        if field.name == "drawn":
            assert values.keys() == others.keys()
            for path in values:
                np.testing.assert_array_equal(values[path], others[path])
        elif isinstance(values, np.ndarray):
            assert values.dtype == others.dtype
            np.testing.assert_array_equal(values, others)
        else:
            assert values == others


def test_what_was_drawn_once_is_read_the_second_time(draw, measured, hr):
    assert not is_kept(RECIPE, hr, 64, 6, 0)
    first = draw()
    assert is_kept(RECIPE, hr, 64, 6, 0)
    assert len(measured) == 6
    assert_equal(draw(), first)
    assert len(measured) == 6


def test_what_is_kept_names_the_photos_that_are_left_out_now(draw, hr):
    draw()
    left_out = dataclasses.replace(hr, unusable={"hr/new.png": "not an image"})
    assert draw(hr=left_out).unusable == left_out.at_least(128).unusable


def test_everything_that_decides_draws_or_statistics_is_in_the_key(draw, measured, hr, monkeypatch):
    draw()
    other_content = dataclasses.replace(hr.photos[0], fingerprint=b"other")
    changes = [
        {"recipe": dataclasses.replace(RECIPE, scale=1)},
        {"hr": dataclasses.replace(hr, photos=(other_content, *hr.photos[1:]))},
        {"hr": dataclasses.replace(hr, photos=hr.photos[1:])},
        {"count": 7},
        {"seed": 1},
    ]
    for change in changes:
        before = len(measured)
        draw(**change)
        assert len(measured) > before, change
    for name, value in (
        ("STATISTICS", STATISTICS[1:]),
        ("_stamp", lambda: "other"),
        ("version", lambda _: "other"),
        ("fingerprint", lambda _: "other"),
    ):
        before = len(measured)
        with monkeypatch.context() as patched:
            patched.setattr(cache, name, value)
            draw()
        assert len(measured) > before, name


DAMAGES = ("cut off", "a flipped bit", "no zip file", "other statistics", "an object", "a photo", "a negative photo")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_foreign_file_is_ignored_and_replaced(damage, draw, simulations):
    first = draw()
    (path,) = simulations.iterdir()
    good = path.read_bytes()
    with np.load(path) as stored:
        arrays = dict(stored)
    if damage == "cut off":
        path.write_bytes(good[:-100])
    elif damage == "a flipped bit":
        at = good.index(arrays["statistics"].tobytes()) + 9
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    elif damage == "no zip file":
        path.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    elif damage == "other statistics":
        np.savez(path, **arrays | {"statistics": arrays["statistics"][:, 1:]})
    elif damage == "an object":
        np.savez(path, allow_pickle=True, **arrays | {"last": arrays["last"].astype(object)})
    else:
        np.savez(path, **arrays | {"photos": arrays["photos"] + (9 if damage == "a photo" else -9)})
    assert_equal(draw(), first)
    assert path.read_bytes() == good


def test_only_the_simulations_used_last_are_kept(draw, simulations, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_FILES", 3)
    names = []
    for seed in range(3):
        draw(seed=seed)
        (new,) = {path.name for path in simulations.iterdir()} - set(names)
        names.append(new)
        os.utime(simulations / new, (seed, seed))
    draw(seed=0)  # used again
    draw(seed=3)
    assert {*names[::2]} < {path.name for path in simulations.iterdir()}
    assert len(list(simulations.iterdir())) == 3


@pytest.mark.parametrize("folder", [None, "gone"])
def test_without_a_writable_folder_nothing_is_kept(folder, draw, measured, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_folder", lambda: folder and tmp_path / "file" / folder)
    (tmp_path / "file").touch()
    first = draw()
    assert_equal(draw(), first)
    assert len(measured) == 12


def test_a_stop_leaves_nothing(draw, simulations, monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(drawing, "measure_crop", stop)
    with pytest.raises(KeyboardInterrupt):
        draw()
    assert not list(simulations.iterdir())
