"""Datasets whose recipe has video codecs: the extra, and the fingerprint."""

import sys

import pytest
from small_datasets import degradekit as command

from degradekit import AV1, H264, HEVC, MPEG2, MPEG4, VP9, Chain, OneOf, Resize
from degradekit.dataset.probe import fingerprint, recipe_probe
from degradekit.functional import video

CODECS = [H264(frames=(1, 3)), HEVC(frames=(1, 3)), MPEG2(frames=(1, 3)), MPEG4(frames=(1, 3)), VP9(), AV1()]
RECIPE = Chain([Resize(to="lr"), OneOf(CODECS)], scale=2)
INSTALL = "h264: needs the package av; install it with: pip install 'degradekit[video]'"


@pytest.fixture
def without_av(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)


@pytest.mark.usefixtures("without_av")
def test_without_the_extra_synth_and_validate_end_with_the_line_that_installs_it(photos, tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("{op: chain, scale: 2, children: [{op: resize, to: lr}, {op: h264}]}")
    for arguments in (("synth", photos, tmp_path / "out", "--recipe", recipe), ("recipe", "validate", recipe)):
        done = command(*arguments)
        assert done.exit_code == 1
        assert done.stdout == ""
        assert INSTALL in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_fingerprint_has_the_version_of_pyav_where_a_recipe_uses_it():
    from importlib.metadata import version

    assert fingerprint(RECIPE).packages["av"] == version("av")
    assert "av" not in fingerprint(Chain([Resize(to="lr")], scale=2)).packages


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.op)
def test_the_probe_sees_what_a_codec_makes(codec, monkeypatch):
    before, decode = recipe_probe(codec), video._decode
    monkeypatch.setattr(video, "_decode", lambda file, pick: [255 - plane for plane in decode(file, pick)])
    assert recipe_probe(codec) != before
