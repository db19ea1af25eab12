"""What a build refuses before it writes anything."""

import shutil
from dataclasses import replace

import pytest
from small_datasets import BICUBIC, IN_PROCESS, OPTIONS, RECIPE, Recorder, contents, degradekit, refused

from degradekit import Chain, DatasetError, HighOrder, Kernel
from degradekit.dataset import LocalEngine, Options, Pairs, finalize, inspect, synthesize, verify
from degradekit.dataset.engines import make_engine
from degradekit.dataset.plan import Plan
from degradekit.dataset.probe import fingerprint
from degradekit.storage import Folder


def test_bad_input_is_refused_in_words_and_nothing_is_written(photos, tmp_path):
    target = tmp_path / "shards"
    (tmp_path / "empty").mkdir()
    refused("no such folder or file", tmp_path / "none", target, RECIPE)
    refused("no images found", tmp_path / "empty", target, RECIPE)
    refused(r"tile: must be 0 or at least the scale, 4 \(got 3\)", photos, target, RECIPE, Options(tile=3))
    refused(r"recipe: must have a scale; put the kernel into a chain", photos, target, Kernel())
    refused(r"recipe: must have a scale; give the chain one, such as `scale: 4`", photos, target, Chain([Kernel()]))
    refused(r"recipe: must be an operator, .* \(got 'bicubic'\)", photos, target, "bicubic")
    refused(r"format: unknown name 'lmdb'; known: parquet", photos, target, RECIPE, Options(format="lmdb"))
    with pytest.raises(DatasetError, match=r"workers: must be >= 0 \(got -1\)"):
        LocalEngine(workers=-1)
    assert not target.exists()


def test_an_existing_target_is_refused_unless_the_plan_is_its_own(photos, shards, tmp_path):
    (tmp_path / "file").write_text("x")
    refused("exists and is not a folder", photos, tmp_path / "file", RECIPE)
    refused("target: cannot be made: Not a directory", photos, tmp_path / "file" / "shards", RECIPE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious.txt").write_text("x")
    refused("exists and is not a degradekit dataset", photos, tmp_path / "folder", RECIPE)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["precious.txt"]
    before = contents(shards)
    refused(
        "was built with a different plan, which differs in seed;",
        photos,
        shards,
        RECIPE,
        Options(tile=96, step=80, variants=3, shard_size=2),
    )
    refused(
        "was built with a different plan, which differs in recipe, scale;", photos, shards, HighOrder(scale=2), OPTIONS
    )
    assert contents(shards) == before


def test_a_target_that_loses_its_plan_while_it_is_built_is_not_called_a_dataset(photos, tmp_path):
    """Or gets another one, where nothing is locked."""
    plan = tmp_path / "shards" / "meta" / "plan.json"
    synthesize(photos, tmp_path / "other", BICUBIC, OPTIONS, engine=IN_PROCESS)
    other = (tmp_path / "other" / "meta" / "plan.json").read_text()
    changes = {
        "meta/plan.json was deleted while it was built; delete what is left": plan.unlink,
        "was built with a different plan, which differs in recipe": lambda: plan.write_text(other),
    }
    for message, change in changes.items():
        refused(message, photos, plan.parents[1], RECIPE, OPTIONS, progress=Recorder(change))
        assert not (plan.parents[1] / "README.md").exists()
        shutil.rmtree(plan.parents[1])


def test_when_no_photo_can_be_used_nothing_is_left(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_text("no image")
    refused("not one photo could be used\n  photos/a.png: not an image", tmp_path / "photos", tmp_path / "s", RECIPE)
    assert not (tmp_path / "s").exists()


def test_a_worker_that_computes_otherwise_is_refused(photos, tmp_path, monkeypatch):
    other = fingerprint(RECIPE)._replace(probe="another")
    monkeypatch.setattr("degradekit.dataset.engines.processes.ProcessWorkers.fingerprint", lambda *_: other)
    with pytest.raises(
        DatasetError, match=r"worker: computes other pixels than the machine that made the plan, .* instead of another"
    ):
        synthesize(photos, tmp_path / "shards", RECIPE, OPTIONS, engine=LocalEngine(workers=1))


@pytest.mark.parametrize(
    ("error", "reason"),
    [(EOFError(), "the first of them has died"), (BlockingIOError(11, "Resource unavailable"), "Resource unavailable")],
)
def test_processes_that_cannot_be_started_are_explained(photos, tmp_path, monkeypatch, error, reason):
    def start():
        raise error

    monkeypatch.setattr("degradekit.dataset.fork_server.start", start)
    with pytest.raises(DatasetError, match=f"processes cannot be started: {reason}; ask for fewer"):
        synthesize(photos, tmp_path / "out", RECIPE, OPTIONS, engine=LocalEngine(workers=2))


def test_a_build_is_not_finished_by_other_packages_or_arithmetic(shards):
    folder = Folder.of(shards)
    plan = Plan.load(folder)
    for change, what in (
        ({"probe": "another"}, "another degradekit, or on another processor"),
        (
            {"packages": plan.fingerprint.packages | {"numba": "0.1", "another": "1"}},
            "other versions of another, numba",
        ),
    ):
        other = replace(plan, fingerprint=plan.fingerprint._replace(**change))
        with pytest.raises(DatasetError, match=f"^target: was built with {what}, which may make other pixels; finish"):
            plan.refuse_another(other, folder)


def test_a_recipe_that_cannot_work_is_refused_before_anything_is_written(photos, tmp_path):
    from degradekit import Chain, RecipeError

    with pytest.raises(RecipeError, match="must end at the LR size"):
        synthesize(photos, tmp_path / "shards", Chain((Kernel(),), scale=4), OPTIONS, engine=IN_PROCESS)
    assert not (tmp_path / "shards").exists()


def test_a_dataset_of_another_version_is_refused(copy, photos):
    (copy / "meta" / "plan.json").write_text('{"hash": "0", "left_out": {}, "format": 1, "photos": {"train": []}}')
    message = "dataset: was built by another version of degradekit, whose plans this one does not read; delete"
    refused(f"{message} the folder to build it anew", photos, copy, RECIPE, OPTIONS)
    for use in (verify, inspect, finalize, Pairs):
        with pytest.raises(DatasetError, match=message):
            use(copy)
    for command in (["verify", copy], ["synth", photos, copy]):
        done = degradekit(*command)
        assert done.exit_code == 1
        assert done.stderr.splitlines()[-1] == f"error: {message} the folder to build it anew (got {str(copy)!r})"


def test_a_file_is_not_a_dataset(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatasetError, match="dataset: is not a degradekit dataset"):
        verify(tmp_path / "file")


def test_a_damaged_plan_is_refused_in_words(photos, shards, tmp_path):
    shutil.copytree(shards, tmp_path / "shards")
    for text in ("[]", "{"):
        (tmp_path / "shards" / "meta" / "plan.json").write_text(text)
        refused("meta/plan.json is damaged", photos, tmp_path / "shards", RECIPE, OPTIONS)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("slurm", {}, r"engine: unknown name 'slurm'; known: local, ray"),
        ("local", {"address": "head:6379"}, r"address: is not an option of the engine local \(got 'head:6379'\)"),
        ("local", {"workers": -1}, r"workers: must be >= 0 \(got -1\)"),
        ("ray", {"workers": "two"}, r"workers: must be an integer \(got 'two'\)"),
    ],
)
def test_engines_and_options_that_do_not_exist_are_refused(name, options, message):
    with pytest.raises(DatasetError, match=message):
        make_engine(name, **options)
