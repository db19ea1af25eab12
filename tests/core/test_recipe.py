import json
import os

import jsonschema
import pytest
from examples import ALL
from hypothesis import given
from hypothesis import strategies as st

from degradekit import DegradekitError, HighOrder, RecipeError, recipes
from degradekit.known_names import did_you_mean
from degradekit.presets import ALIASES, PRESETS, preset


def one_that_fits(validator, schemas, instance, _):
    """Yield an error if no schema fits; jsonschema's own `anyOf` collects all errors of each, which takes seconds."""
    if not any(validator.evolve(schema=schema).is_valid(instance) for schema in schemas):
        yield jsonschema.ValidationError(f"{instance!r} fits none of the schemas")


@pytest.fixture(scope="module")
def validator():
    schema = recipes.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.validators.extend(jsonschema.Draft202012Validator, {"anyOf": one_that_fits})(schema)


@pytest.mark.parametrize("name", ALL)
def test_the_schema_accepts_every_example(name, validator):
    validator.validate(json.loads(json.dumps(ALL[name].to_dict())))


@pytest.mark.parametrize(
    "extending",
    [
        {"extends": "bsrgan"},
        {"extends": "mine.yaml", "scale": 2, "strength": 0.5, "stages.0.blur.sigma": [1, 2]},
        {"op": "one_of", "children": [{"extends": "bsrgan"}, {"op": "jpeg"}]},
        {"op": "high_order", "stages": [{"extends": "stage.yml"}, {"blur": {"extends": "blur.yaml"}}]},
    ],
)
def test_the_schema_accepts_what_extends(extending, validator):
    validator.validate(extending)


@pytest.mark.parametrize(
    "broken",
    [
        {"extends": "bsrgun"},
        {"extends": "bsrgan", "strength": 2},
        {"extends": "bsrgan", "scale": 0},
        {"op": "jpeg", "quality": [0, 50]},
        {"op": "jpeg", "qualty": [10, 50]},
        {"op": "sharpen", "size": 50},
        {"op": "kernel", "size": [8, 21]},
        {"op": "kernel", "size": 8},
        {"op": "blur"},
        {"op": "resize", "filters": {"spline": 1}},
        {"op": "high_order", "stages": [{"blur": {"op": "kernel", "sigma": ["a", 1]}}]},
        {"quality": [10, 50]},
        {},
        {"blur": None},
        {"op": "chain", "children": [{"blur": None}]},
    ],
)
def test_the_schema_refuses_what_the_library_refuses(broken, validator):
    assert not validator.is_valid(broken)
    with pytest.raises(RecipeError):
        recipes.from_dict(broken)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("scale", [1, 2, 3, 4, 8])
def test_presets_draw_for_every_scale(name, scale):
    for variant in range(30):
        drawn = preset(name, scale).sample((97, 64), seed=0, variant=variant)
        assert drawn.lr_size == (97 // scale, 64 // scale)


def test_the_default_preset_is_high_order():
    assert preset("real-esrgan", 2) == HighOrder(order=2, scale=2)


def test_all_mistakes_of_a_recipe_come_at_once_each_on_its_line():
    text = """
op: high_order
ordr: 2
scale: 0
stages:
- blur: {op: kernel, sgima: [1, 2], sigma: [3, 1], families: {isoo: 1}}
  compress: {op: jpeg, quality: [95, 30]}
  noise: {op: noize}
- compress: {op: jpeg, quality: [1.5, true]}
"""
    with pytest.raises(RecipeError) as caught:
        recipes.loads(text)
    lines = str(caught.value).splitlines()
    expected = [
        "scale: must be between 1 and 64 (got 0)",
        "stages[0].blur.sigma: must satisfy 0.01 <= low <= high <= 100 (got [3, 1])",
        "stages[0].blur.families: unknown name 'isoo'; known: iso, aniso, generalized_iso, generalized_aniso, "
        "plateau_iso, plateau_aniso (got {'isoo': 1})",
        "stages[0].blur.sgima: unknown field; known: name, size, sigma, sigma_law, theta, families, generalized_beta, "
        "plateau_beta, sinc_probability, sigma_y; did you mean 'sigma'?",
        "stages[0].noise: unknown operator 'noize'; known: ",
        "stages[0].compress.quality: must satisfy 1 <= low <= high <= 100 (got [95, 30])",
        "stages[1].compress.quality[0]: must be an integer (got 1.5)",
        "stages[1].compress.quality[1]: must be an integer (got True)",
        "ordr: unknown field; known: name, order, scale, sharpen, stages, last; did you mean 'order'?",
    ]
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a recipe must be a mapping with the field 'op' \(got None\)"),
        ("quality: [1, 2]", "must have the field 'op'"),
        ("op: [1]", "unknown operator"),
        ("op: chain", "children: must be given"),
        ("op: maybe\nchild: {op: jpeg}\nprobability: .nan", r"probability: must be a finite number \(got nan\)"),
        ("op: jpeg\nquality: high", r"quality: must be a number or \[low, high\] \(got 'high'\)"),
        ("op: jpeg\nquality: [30]", r"quality: must be a number or \[low, high\] \(got \[30\]\)"),
        ("op: !!python/object:os.system {}", "line 1"),
        ("&a [*a]", r"line 1, column 5: the alias \*a must not be inside of the value that it stands for"),
        (
            "op: jpeg\nquality: &a [*a]",
            r"line 2, column 14: the alias \*a must not be inside of the value that it stands for",
        ),
        ("op: kernel\nsize: [8, 20]", r"size: must satisfy 1 <= low <= high <= 255, both odd \(got \[8, 20\]\)"),
        ("op: sharpen\nsize: 50", r"size: must be odd and between 3 and 255 \(got 50\)"),
        ("op: stage\nblur: 5", r"blur: must be an operator, null, or 'published' \(got 5\)"),
    ],
)
def test_broken_files_are_refused_in_words(text, message):
    with pytest.raises(RecipeError, match=message):
        recipes.loads(text)


def test_files_are_named_in_every_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("op: jpeg\nqualty: [1, 2]\nsub: 3")
    with pytest.raises(RecipeError) as caught:
        recipes.load(path)
    assert all(line.startswith(f"{path}: ") for line in str(caught.value).splitlines())
    with pytest.raises(RecipeError, match="cannot be read"):
        recipes.load(tmp_path / "none.yaml")
    path.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(RecipeError, match="must be UTF-8"):
        recipes.load(path)


def test_dump_and_load(tmp_path):
    recipes.dump(HighOrder(order=3), tmp_path / "r.yaml")
    assert recipes.load(tmp_path / "r.yaml") == HighOrder(order=3)


def test_a_recipe_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    recipes.dump(HighOrder(order=3), tmp_path / "r.yaml")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DegradekitError, match=r"r\.yaml: cannot be written \(No space left on device\)"):
        recipes.dump(HighOrder(order=2), str(tmp_path / "r.yaml"))
    assert recipes.load(tmp_path / "r.yaml") == HighOrder(order=3)
    assert [path.name for path in tmp_path.iterdir()] == ["r.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "must be a regular file, and is a named pipe"),
        (os.mkdir, "must be a file, and is a folder"),
        (lambda path: path.symlink_to("/dev/zero"), "must be a regular file, and is a device"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
        (lambda path: path.write_bytes(bytes(2**18 + 1)), "must have at most 262,144 bytes"),
    ],
)
def test_a_recipe_is_read_from_a_regular_file_without_waiting(make, reason, tmp_path):
    make(tmp_path / "r.yaml")
    with pytest.raises(RecipeError, match=rf"r\.yaml: cannot be read \({reason}"):
        recipes.load(tmp_path / "r.yaml")


def test_a_path_with_a_null_character_is_refused_in_words():
    with pytest.raises(RecipeError, match=r"^a\\x00b: cannot be read"):
        recipes.load("a\0b")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("esrgan", "bsrgan"),
        ("RealESRGAN", "real-esrgan"),
        ("real_esrgan", "real-esrgan"),
        ("Real-ESRGAN", "real-esrgan"),
        ("BSRGAN+", "bsrgan"),
        ("bsrgan plus", "bsrgan-plus"),
        ("cubic", "bicubic"),
    ],
)
def test_unknown_presets_are_refused_with_the_known_ones_and_what_was_meant(name, meant):
    with pytest.raises(RecipeError) as caught:
        preset(name)
    message = str(caught.value)
    assert message.startswith(f"preset: unknown name {name!r}; known: {meant}, ")
    assert message.endswith(f" and {len(PRESETS) + len(ALIASES) - 8} others; did you mean {meant!r}?")


def test_an_alias_is_the_recipe_of_another_name():
    for alias, name in ALIASES.items():
        assert preset(alias) == preset(name)
        assert alias not in PRESETS


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("jpg", "jpeg"),
        ("Kernels", "kernel"),
        ("gaussian_blur", "kernel"),
        ("GaussianNoise", "noise"),
        ("unsharp-mask", "sharpen"),
        ("downscale", "resize"),
        ("Compose", "chain"),
        ("oneof", "one_of"),
    ],
)
def test_unknown_operators_are_refused_with_what_was_meant_also_by_the_names_of_other_projects(name, meant):
    with pytest.raises(RecipeError) as caught:
        recipes.loads(f"op: {name}")
    assert str(caught.value).startswith(f"unknown operator {name!r}; known: ")
    assert str(caught.value).endswith(f"; did you mean {meant!r}?")


@pytest.mark.parametrize(("name", "meant"), [("h265", "hevc"), ("x264", "h264"), ("X265", "hevc"), ("jp2", "jpeg2000")])
def test_codecs_are_meant_by_other_names_where_they_are_known(name, meant):
    assert did_you_mean(name, ["h264", "hevc", "jpeg2000"]) == f"; did you mean {meant!r}?"
    assert did_you_mean(name, ["kernel"]) == ""


@pytest.mark.parametrize("name", ["x" * 10**6, "", None, 5, ["bsrgan"]])
def test_names_that_are_none_are_refused_in_words(name):
    with pytest.raises(RecipeError, match=r"^preset: unknown name .*; known: .* others") as caught:
        preset(name)
    assert len(str(caught.value)) < 300
    with pytest.raises(RecipeError, match="scale"):
        preset("real-esrgan", 0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_nonsense_is_refused_and_never_crashes(data):
    with pytest.raises(RecipeError):
        recipes.from_dict(data)
    with pytest.raises(RecipeError):
        recipes.from_dict({"op": "high_order", "stages": data, "order": "x"})
