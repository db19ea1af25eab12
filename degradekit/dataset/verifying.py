"""Checks a dataset: its files, shard by shard, and what sums them up."""

from collections.abc import Iterator

from degradekit.dataset.card import card, own_part
from degradekit.dataset.card_parts import CardParts, load_parts
from degradekit.dataset.card_samples import is_of_samples
from degradekit.dataset.checking import CheckShard, Verification
from degradekit.dataset.engines import LOCAL, Engine, Workers
from degradekit.dataset.layout import CARD, DATA, PHOTOS, SAMPLES, manifest_file
from degradekit.dataset.manifest import Manifest
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import load_photos
from degradekit.dataset.plan import Plan
from degradekit.dataset.progress import SILENT, CountingProgress, Progress
from degradekit.dataset.report import Report, summarize
from degradekit.errors import DatasetError, InaccessibleError, RecipeError
from degradekit.locations import Location
from degradekit.wording import counted, printable

_NOT_FOLLOWING = "is not what follows from the plan and the shards' manifests"


def verify(
    shards: Location, *, sample: float = 0.05, engine: Engine = LOCAL, progress: Progress = SILENT
) -> Verification:
    """Check a finished dataset, in parallel.

    Every file is compared with its size and hash, every row with the digest of its photo, the dataset with its digest;
    and for a sample of the rows the LR is made again from HR and record, and compared pixel for pixel. Sharpened
    HRs, which no digest covers, are all made again unless the sample is 0.

    Args:
        shards: The dataset, a path or a URL.
        sample: The share of rows whose LR is made again, 0 to 1.
        engine: Where the shards are read.
        progress: Is notified as the work goes on.

    Returns:
        What was checked, and the problems, which are returned and not raised.

    Raises:
        DatasetError: There is no finished dataset.
    """
    if not 0 <= sample <= 1:
        raise DatasetError(f"sample: must be between 0 and 1 (got {sample})")
    dataset = Dataset.open_finished(shards)
    manifests, problems = _manifests(dataset)
    damaged: list[str] = []
    work = CountingProgress(progress)
    work.start(sum(len(manifest.photos) for manifest in manifests))
    pairs = derived = 0
    with engine.start(len(manifests)) as workers:
        note = _why_none_derived(workers, dataset.plan) if sample else ""
        tasks = (CheckShard(dataset, manifest, 0.0 if note else sample) for manifest in manifests)
        try:
            for result in workers.run(tasks, None, work.advance):
                pairs, derived = pairs + result.pairs, derived + result.derived
                problems += result.problems
                damaged += result.damaged
        except KeyboardInterrupt as stop:
            checked = f"{int(work.done):,} of {counted(work.photos, 'photo')} were checked"
            stop.add_note(f"{checked}, with {counted(len(problems), 'problem')} in the shards that were read whole")
            raise
    if not problems:  # these files follow from the shards
        for file, problem in _other_files(dataset, manifests):
            problems.append(f"{file}: {problem}")
            is_never_written_anew = file == PHOTOS or (file == CARD and problem != _NOT_FOLLOWING)
            damaged += [file] * is_never_written_anew
    return Verification(pairs, derived, tuple(sorted(map(printable, problems))), note, tuple(sorted(damaged)))


def _why_none_derived(workers: Workers, plan: Plan) -> str:
    """Return why the workers cannot make the LRs of a dataset again, or nothing if they can."""
    try:
        if workers.fingerprint(plan.recipe) == plan.fingerprint:
            return ""
        reason = "the packages or the arithmetic of this machine are not those that the dataset was made with"
    except RecipeError as error:
        reason = str(error)
    return f"no LR was made again: {reason}"


def _other_files(dataset: Dataset, manifests: list[Manifest]) -> Iterator[tuple[str, str]]:
    """Yield which of the files that follow from the plan and the manifests are damaged, and how."""
    plan, folder = dataset.plan, dataset.folder
    report = summarize(manifests, plan.left_out, dataset.format.name)
    for name, text in report.texts().items():
        expected = text.encode("utf-8")
        try:
            same = folder.read_bytes(name, len(expected)) == expected
        except InaccessibleError:
            raise
        except (OSError, DatasetError):
            same = False
        if not same:
            yield name, _NOT_FOLLOWING
    yield from _card_problems(dataset, report)
    try:
        load_photos(folder, plan.photos)
    except InaccessibleError:
        raise
    except DatasetError as error:
        yield PHOTOS, str(error).removeprefix(f"{PHOTOS}: ")


def _card_problems(dataset: Dataset, report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the card and its samples; what the owner has put on it may be anything."""
    try:
        parts = load_parts(dataset.folder) or CardParts.of("")
    except InaccessibleError:
        raise
    except DatasetError as error:
        yield CARD, str(error).removeprefix(f"dataset: its {CARD} ")
        return
    own = own_part(parts, dataset.plan)
    if parts != CardParts.of(card(dataset.plan, report, own)):
        yield CARD, _NOT_FOLLOWING
    if own.samples and not is_of_samples(dataset):
        yield SAMPLES, "does not show the samples of this dataset"


def _manifests(dataset: Dataset) -> tuple[list[Manifest], list[str]]:
    """Return the manifests of the shards that are there, and what is wrong with the others."""
    manifests, problems = [], []
    for shard in dataset.plan.shards:
        manifest, file = dataset.manifest_or_problem(shard), dataset.file(shard)
        if isinstance(manifest, str):
            problems.append(f"{manifest_file(shard)}: {manifest}")
        elif dataset.folder.size(file) != manifest.bytes:
            problems.append(f"{file}: is missing, or does not have the {manifest.bytes:,} bytes of its manifest")
        else:
            manifests.append(manifest)
    own = {dataset.file(shard) for shard in dataset.plan.shards}
    for name in dataset.folder.names(DATA):
        if name not in own:
            problems.append(f"{name}: does not belong to this dataset; move it elsewhere")
    return manifests, problems
