"""All operators in one recipe: the same pixels in threads, and in any number of processes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from examples import LEAVES
from pictures import edges_ramps_and_texture
from small_datasets import CUT, digest_of

from degradekit import Chain, OneOf, Resize
from degradekit.dataset import LocalEngine, synthesize, verify
from degradekit.step import Step

RECIPE = Chain([OneOf(list(LEAVES.values())), Resize(to="lr")], scale=2)


@pytest.mark.slow
def test_steps_in_eight_threads_at_once_make_the_same_pixels_as_one_after_another():
    image = edges_ramps_and_texture().astype(np.float32) / np.float32(255)
    size = image.shape[:2]
    drawn = [operator.sample(size, seed=3, variant=v) for operator in LEAVES.values() for v in range(4)]
    steps = list({step.op: step for each in drawn for step in each.steps}.values())
    expected = [step(image).tobytes() for step in steps]

    def differing(thread: int) -> list[Step]:
        order = np.random.default_rng(thread).permutation(len(steps))
        return [steps[index] for index in order if steps[index](image).tobytes() != expected[index]]

    with ThreadPoolExecutor(8) as pool:
        assert [step for differences in pool.map(differing, range(8)) for step in differences] == []


@pytest.mark.slow
def test_any_number_of_workers_makes_the_same_pixels_and_rows_are_made_again(photos, tmp_path):
    digests = set()
    for workers in (0, 1, 2):
        synthesize(photos, tmp_path / str(workers), RECIPE, CUT, engine=LocalEngine(workers=workers))
        digests.add(digest_of(tmp_path / str(workers)))
    assert len(digests) == 1
    assert not verify(tmp_path / "0").problems
