"""What presets are made of; test_preset_numbers.py has the numbers."""

from collections.abc import Iterator

import pytest

from degradekit.extras import VIDEO
from degradekit.operators.base import Operator
from degradekit.presets import GROUPS, PRESETS, preset, summary


def parts(recipe: Operator) -> Iterator[Operator]:
    """Yield an operator and all that are in it."""
    yield recipe
    for inner in recipe.inner_operators():
        yield from parts(inner)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_described_in_one_line_that_names_the_extra_it_needs(name):
    assert 20 < len(summary(name)) <= 90
    assert summary(name).endswith(".")
    needs_video = any(part.extra == VIDEO for part in parts(preset(name)))
    assert needs_video == ("extra video" in summary(name))


def test_every_group_has_presets_and_they_follow_its_order():
    groups = [each.group for each in PRESETS.values()]
    assert list(dict.fromkeys(groups)) == list(GROUPS)
    assert groups == sorted(groups, key=list(GROUPS).index)


def kinds_of_steps(name: str, scale: int, variants: int) -> list[list[str]]:
    recipe = preset(name, scale)
    return [
        [step.op.partition(".")[0] for step in recipe.sample((400, 400), seed=0, variant=variant).steps]
        for variant in range(variants)
    ]


@pytest.mark.parametrize(("scale", "resizes"), [(4, 3), (2, 2)])
def test_apisr_resizes_anywhere_and_ends_with_a_codec_at_the_lr_size(scale, resizes):
    last, before_the_first_codec = set(), set()
    for kinds in kinds_of_steps("apisr", scale, 300):
        assert kinds.count("resize") == resizes
        assert kinds[-2] == "resize"
        last.add(kinds[-1])
        before_the_first_codec.add(tuple("blur" if kind == "sinc" else kind for kind in kinds[:3]))
    assert last == {"jpeg", "webp", "avif", "mpeg2", "mpeg4", "h264", "hevc"}
    orders = {("resize", "kernel", "noise"), ("kernel", "resize", "noise"), ("kernel", "noise", "resize")}
    assert {tuple("kernel" if kind == "blur" else kind for kind in order) for order in before_the_first_codec} == orders


@pytest.mark.parametrize("scale", [1, 2])
def test_waifu2x_resizes_adds_noise_to_photos_and_compresses(scale):
    noises = {"resized_noise", "photo_grain", "fractal_noise", "paper_texture"}
    seen = set()
    for kinds in kinds_of_steps("waifu2x-photo-3", scale, 300):
        if scale > 1:
            assert kinds.pop(0) == "resize"
        if kinds and kinds[0] in noises:
            seen.add(kinds.pop(0))
        assert len(kinds) <= 2
        assert set(kinds) <= {"jpeg", "jpeg_passes"}
    assert seen == noises
    assert max(len(kinds) for kinds in kinds_of_steps("waifu2x-art-2", 1, 300)) == 3


def test_web_repost_never_enlarges_the_hr():
    for scale in (1, 2, 4):
        for variant in range(50):
            first = preset("web-repost", scale).sample((400, 400), seed=0, variant=variant).steps[0]
            assert 400 // scale <= first.height <= min(400, 1000 // scale)
