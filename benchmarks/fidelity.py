"""Compares the data of degradekit with those of the reference, Real-ESRGAN, driven through PyPI's basicsr.

Usage: python benchmarks/fidelity.py {statistics,draws,training} [PHOTOS] [OPTIONS]   (each with --help)

The parts do not depend on each other. Each prints its tables and writes them to benchmarks/results/fidelity-PART.md.
docs/benchmarks.md says how to install basicsr, docs/fidelity.md what came out.
"""

import argparse
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
QUIET_SECONDS = 10
"""Time between two lines of progress."""


def statistics(given: argparse.Namespace) -> list[str]:
    """Compare statistics of LR images of both, and of degradekit's with basicsr's JPEG and grid put in."""
    from fidelity_statistics import comparison_lines, describe, summary_lines
    from fidelity_streams import DEPARTURES, SCALE, choose_tiles, faulty, ours, reference

    from degradekit.presets import preset

    tiles = choose_tiles(given.photos, given.count, given.tile, given.seed)
    planted = {f"planted: {fault}": fault for fault in ("noise x 0.9", "quality 40..95", "second blur always")}
    streams = {
        "basicsr": reference(given.seed),
        "basicsr 2": reference(given.seed + 1),
        "degradekit": ours(given.seed),
        "degradekit 2": ours(given.seed + 1),
        "degradekit with JPEG": ours(given.seed, parts=["jpeg"]),
        "degradekit with JPEG and grid": ours(given.seed, parts=DEPARTURES),
        **{name: ours(given.seed, faulty(fault), DEPARTURES) for name, fault in planted.items()},
    }
    bicubic = [preset("bicubic", SCALE)(tile.hr, seed=0) for tile in tiles]
    described = {
        name: [describe(stream(tile), clean) for tile, clean in zip(_progress(tiles, name), bicubic, strict=True)]
        for name, stream in streams.items()
    }
    pairs = {
        "basicsr : basicsr 2": ("basicsr", "basicsr 2"),
        "degradekit : degradekit 2": ("degradekit", "degradekit 2"),
        "basicsr : degradekit": ("basicsr", "degradekit"),
        "basicsr : degradekit with JPEG": ("basicsr", "degradekit with JPEG"),
        "basicsr : degradekit with JPEG and grid": ("basicsr", "degradekit with JPEG and grid"),
    }
    all_pairs = pairs | {name: ("basicsr", name) for name in planted}
    shown = ("basicsr", "degradekit", "degradekit with JPEG and grid")
    distinct = len({id(tile.hr) for tile in tiles})
    return [
        f"{len(tiles)} LRs of each stream, of the same {distinct} tiles.",
        *("", *comparison_lines(described, shown, pairs)),
        *("", *summary_lines(described, all_pairs)),
    ]


def draws(given: argparse.Namespace) -> list[str]:
    """Compare what both draw, their noise fields, and the LRs that both compute from the same records."""
    import numpy as np
    from fidelity_arithmetic import compare_fields, compare_records
    from fidelity_draws import compare_draws, events_of_basicsr, events_of_degradekit, parameters
    from fidelity_published import SIDE, published, sharpening_difference
    from fidelity_streams import Part, choose_tiles, reference

    lines = []
    if given.published:
        tiles = choose_tiles(given.photos, given.published, SIDE, given.seed)
        chain = reference(given.seed)
        equal = [np.array_equal(lr, chain(tile)) for lr, tile in zip(published(tiles, given.seed), tiles, strict=True)]
        lines += [
            f"LRs of the reference equal to those of basicsr's own data set and model: {sum(equal)} of {len(equal)}."
        ]
        difference = sharpening_difference(tiles[:3])
        lines += [f"Its sharpening over OpenCV and over torch differ by at most {difference:.2g} levels.", ""]
    both = [
        [parameters(events(given.seed, str(index), given.tile)) for index in _progress(range(given.count), name)]
        for name, events in (("basicsr", events_of_basicsr), ("degradekit", events_of_degradekit))
    ]
    lines += _table("drawn", "", "basicsr", "degradekit", "difference", rows=compare_draws(*both))
    fields = compare_fields(given.fields, given.seed)
    lines += _table("noise field", "", "basicsr", "degradekit", "difference", rows=fields)
    variants: dict[str, Collection[Part]] = {
        "basicsr's sharpening, blurs and resizes": ("filters",),
        "basicsr's grid of the first resize": ("grid",),
        "basicsr's JPEG": ("jpeg",),
    }
    records = choose_tiles(given.photos, given.records, given.tile, given.seed)
    differences = ("median", "95 %", "largest", "identical", "PSNR to bicubic, dB (SE)", "shift, lower right")
    rows = compare_records(_progress(records, "records"), given.seed, variants)
    return lines + _table("degradekit's records with", *differences, rows=rows)


def training(given: argparse.Namespace) -> list[str]:
    """Train the same small network on LRs of either, and test all of them on new LRs of both."""
    from fidelity_streams import choose_tiles, faulty, ours, reference, sharpened
    from fidelity_training import Enlarge, bicubic, difference_lines, evaluate, score_lines, train

    fault = "noise x 0.5"
    streams = {
        "basicsr": reference(given.seed),
        "basicsr 2": reference(given.seed + 1),
        "degradekit": ours(given.seed),
        "degradekit 2": ours(given.seed + 1),
        f"planted: {fault}": ours(given.seed, faulty(fault)),
    }
    tiles = choose_tiles(given.photos, given.count, given.tile, given.seed)
    tested = choose_tiles(given.test or given.photos, given.test_count, 0, given.seed)
    sharp, truth = ([sharpened(tile) for tile in each] for each in (tiles, tested))
    tests = {
        name: [streams[name](tile) for tile in _progress(tested, f"test on {name}")]
        for name in ("basicsr", "degradekit")
    }
    networks: dict[str, Enlarge] = {"(bicubic)": bicubic}
    for name, stream in streams.items():
        lrs = [stream(tile) for tile in _progress(tiles, name)]
        networks[name] = train(lrs, sharp, _progress(range(given.iterations), f"train on {name}"), given.seed)
    scores = {
        name: {test: evaluate(network, lrs, truth) for test, lrs in tests.items()} for name, network in networks.items()
    }
    pairs = [
        ("degradekit", "basicsr"),
        ("degradekit 2", "basicsr 2"),
        ("basicsr 2", "basicsr"),
        ("degradekit 2", "degradekit"),
        (f"planted: {fault}", "degradekit"),
        ("basicsr", "(bicubic)"),
    ]
    return [*score_lines(scores), "", *difference_lines(scores, pairs)]


def _progress(items: Sequence[T], name: str) -> Collection[T]:
    return tqdm(items, name, mininterval=QUIET_SECONDS)


def _table(*header: str, rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows)] + [""]


def _add_size(parser: argparse.ArgumentParser, name: str, default: int, what: str, at_least: int = 2) -> None:
    def size(text: str) -> int:
        if int(text) < at_least:
            raise argparse.ArgumentTypeError(f"must be at least {at_least} (got {text})")
        return int(text)

    parser.add_argument(name, type=size, metavar="N", default=default, help=f"{what} (default: {default})")


def _tile_side(text: str) -> int:
    if int(text) < 76 or int(text) % 4:
        raise argparse.ArgumentTypeError(f"must be a multiple of 4, at least 76 (got {text})")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)

    def part(run: Callable[[argparse.Namespace], list[str]], count: int, counted: str) -> argparse.ArgumentParser:
        added = parts.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        added.add_argument("photos", nargs="?", help="folder of photos; by default five sample photos of scikit-image")
        _add_size(added, "--count", count, counted)
        added.add_argument(
            "--tile",
            type=_tile_side,
            metavar="N",
            default=400,
            help="side of an HR tile in pixels, a multiple of 4, at least 76 (default: 400)",
        )
        added.add_argument("--seed", type=int, metavar="N", default=0, help="seed of all draws (default: 0)")
        added.set_defaults(run=run)
        return added

    part(statistics, 500, "LRs of each stream")
    of_draws = part(draws, 10_000, "degradations that each draws")
    _add_size(of_draws, "--fields", 50, "noise fields of each kind", at_least=10)
    _add_size(of_draws, "--records", 200, "records that both compute")
    _add_size(of_draws, "--published", 20, "LRs to compare with those of basicsr's own model", at_least=0)
    of_training = part(training, 500, "pairs to train on")
    _add_size(of_training, "--iterations", 1000, "iterations of each network", at_least=1)
    of_training.add_argument("--test", help="folder of photos to test on; by default those that are trained on")
    _add_size(of_training, "--test-count", 48, "LRs of each stream to test on")
    given = parser.parse_args()

    from timing import prepare, save

    from degradekit import DegradekitError

    prepare()
    try:
        lines = given.run(given)
    except ImportError as error:
        raise SystemExit(f"{error}; docs/benchmarks.md says how to install what is compared") from None
    except DegradekitError as error:
        raise SystemExit(str(error)) from None
    print("\n".join(lines))
    save(f"fidelity-{given.part}", lines)


if __name__ == "__main__":
    main()
