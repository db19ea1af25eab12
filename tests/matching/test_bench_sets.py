"""Test sets of representative degradations."""

import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from small_datasets import contents, degradekit

from degradekit import JPEG, Chain, Degradation, Resize, recipes
from degradekit.bench_sets import BenchOptions, make_bench_set
from degradekit.errors import DatasetError
from degradekit.matching.representatives import representatives
from degradekit.presets import preset

RECIPE = Chain((Resize(to="lr"), JPEG(quality=(10, 95))), scale=2)
OPTIONS = BenchOptions(count=3, draws=100)


def points_in_three_clusters() -> np.ndarray:
    rng = np.random.default_rng(1)
    clusters = (((0, 0), 20), ((9, 0), 50), ((0, 9), 30))
    return np.concatenate([rng.normal(middle, 0.5, (count, 2)) for middle, count in clusters])


def test_representatives_are_the_middles_of_clusters_and_have_their_shares():
    points = points_in_three_clusters()
    chosen = representatives(points, np.ones(100), 3)
    assert chosen.shares.tolist() == [0.5, 0.3, 0.2]
    np.testing.assert_allclose(points[chosen.points], [(9, 0), (0, 9), (0, 0)], atol=0.5)
    distances = np.linalg.norm(points[:, None] - points[chosen.points], axis=2)
    assert chosen.spread == pytest.approx(distances.min(axis=1).mean())


def test_no_other_point_of_a_cluster_is_nearer_to_all_of_it():
    points = points_in_three_clusters()
    chosen = representatives(points, np.ones(100), 4)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    clusters = distances[chosen.points].argmin(axis=0)
    for index, point in enumerate(chosen.points.tolist()):
        inside = np.flatnonzero(clusters == index)
        assert distances[np.ix_(inside, inside)].sum(axis=1).min() == pytest.approx(distances[point, inside].sum())


def test_weights_decide_shares_and_points_that_are_the_same_are_one():
    chosen = representatives(np.array([[0.0], [0.0], [5.0]]), np.array([1.0, 1.0, 6.0]), 3)
    assert chosen.shares.tolist() == [0.75, 0.25]


@pytest.fixture(scope="module")
def bench(tmp_path_factory, hr_folder):
    """A test set from a recipe, of three crops and three degradations."""
    target = tmp_path_factory.mktemp("bench") / "set"
    return target, make_bench_set(target, hr_folder, RECIPE, OPTIONS, workers=0)


def lines_of(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def part_of(folder: Path, line: dict) -> np.ndarray:
    """Return the part of a photo that a line of `photos.jsonl` names."""
    pixels = np.asarray(Image.open(folder.parent / line["key"]))
    return pixels[line["top"] : line["top"] + 128, line["left"] : line["left"] + 128]


@pytest.mark.slow
def test_each_degradation_is_applied_to_each_crop_and_its_record_makes_the_lr_again(bench, hr_folder):
    target, made = bench
    assert made.side == 128
    assert len(made.photos) == 3
    assert list(made.unusable) == ["hr/rocket.png"]
    degradations = lines_of(target / "degradations.jsonl")
    assert [each["name"] for each in degradations] == ["01", "02", "03"]
    shares = [each["share"] for each in degradations]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    for photo in lines_of(target / "photos.jsonl"):
        hr = np.asarray(Image.open(target / "HR" / f"{photo['name']}.png"))
        assert np.array_equal(hr, part_of(hr_folder, photo))
        assert hr.shape == (128, 128, 3)
        for each in degradations:
            lr = np.asarray(Image.open(target / "LR" / each["name"] / f"{photo['name']}.png"))
            np.testing.assert_array_equal(Degradation.from_json(each["degradation"])(hr), lr)


@pytest.mark.slow
def test_the_degradations_of_a_recipe_are_spread_over_what_it_draws(bench):
    qualities = sorted(each.degradation.steps[-1].quality for each in bench[1].degradations)
    assert qualities[0] < 40 < qualities[-1] < 96


@pytest.mark.slow
def test_the_readme_compares_networks(bench, tmp_path, monkeypatch):
    target, made = bench
    for file in (target / "LR").rglob("*.png"):
        result = tmp_path / "results" / file.relative_to(target / "LR")
        result.parent.mkdir(parents=True, exist_ok=True)
        Image.open(file).resize((128, 128), Image.Resampling.BICUBIC).save(result)
    readme = (target / "README.md").read_text("utf-8")
    for each in made.degradations:
        assert f"## {each.name}: {each.share:.1%}\n\n```text\n{each.degradation}\n```" in readme
    code = re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1]
    for_trainers, recipe = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert recipes.loads(recipe) == RECIPE
    options = yaml.safe_load(for_trainers)["val_01"]
    assert options.pop("io_backend") == {"type": "disk"}
    assert all((target / options[root]).is_dir() for root in ("dataroot_gt", "dataroot_lq"))
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(io.StringIO()) as printed:
        exec(code.replace('Path(".")', f"Path({str(target)!r})"), {})
    scores = [float(line.split()[-2]) for line in printed.getvalue().splitlines()]
    assert scores[-1] == pytest.approx(
        sum(each.share * s for each, s in zip(made.degradations, scores, strict=False)), abs=0.01
    )


@pytest.mark.slow
def test_a_set_is_not_written_into_a_folder_that_has_files(bench, hr_folder):
    with pytest.raises(DatasetError, match="target: must be a new or an empty folder"):
        make_bench_set(bench[0], hr_folder, RECIPE, OPTIONS, workers=0)


@pytest.mark.parametrize("recipe", ["bsrgan", "recipe.yaml"])
def test_a_recipe_for_real_photos_is_refused_where_there_are_none(recipe, hr_folder, tmp_path):
    result = degradekit("bench", recipe, "--hr", hr_folder, "-o", tmp_path / "set", "--preset", "real-esrgan")
    assert result.exit_code == 2
    assert f"--order, --preset and --recipe are for real photos, and {recipe!r} is a recipe itself" in result.output
    result = degradekit("bench", recipe, "real", "--hr", hr_folder, "-o", tmp_path / "set")
    assert f"REAL_OR_RECIPE: must be one recipe, or real photos (got {recipe}, real)" in result.output


@pytest.mark.slow
def test_a_recipe_that_always_does_the_same_has_one_degradation(hr_folder, tmp_path):
    made = make_bench_set(tmp_path / "set", hr_folder, preset("bicubic", 2), OPTIONS, workers=0)
    assert [(each.name, each.share) for each in made.degradations] == [("01", 1)]


@pytest.mark.slow
def test_two_processes_make_the_set_that_one_makes(bench, hr_folder, tmp_path):
    make_bench_set(tmp_path / "set", hr_folder, RECIPE, OPTIONS, workers=2)
    assert contents(tmp_path / "set") == contents(bench[0])


@pytest.mark.slow
def test_of_real_photos_the_degradations_are_those_that_are_like_them(hr_folder, photo, tmp_path):
    """Two thirds of the photos were compressed at quality 20, a third at 90, and so are the degradations."""
    (tmp_path / "real").mkdir()
    for index in range(12):
        picture = Image.fromarray(photo("coffee.png")[8 * index :, 16 * index :][:128, :128])
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90 if index % 3 == 0 else 20)
        Image.open(file).save(tmp_path / "real" / f"{index}.png")
    recipes.dump(RECIPE, tmp_path / "recipe.yaml")
    arguments = ("--hr", hr_folder, "-o", tmp_path / "set", "--recipe", tmp_path / "recipe.yaml", "--count", 2)
    result = degradekit("bench", tmp_path / "real", *arguments, "--draws", 400, "--workers", 0)
    assert result.exit_code == 0, result.output
    lines = lines_of(tmp_path / "set" / "degradations.jsonl")
    qualities = [Degradation.from_json(each["degradation"]).steps[-1].quality for each in lines]
    assert abs(qualities[0] - 20) < 8
    assert abs(qualities[1] - 90) < 8
    assert lines[0]["share"] == pytest.approx(2 / 3, abs=0.1)  # one crop in ten may belong to the other cluster
    assert f"01  {lines[0]['share']:.1%}, distance {lines[0]['distance']:.2f}: resize" in result.output
