from collections import Counter
from itertools import permutations

from bounds import assert_frequency, assert_uniform

from degradekit.rng import stream


def test_pinned_draws():
    """Every dataset ever built rests on these numbers: they may only change together with the record's format."""
    rng = stream(7, "DIV2K/0001.png@0,0,400x400", 3)
    assert [rng.integer(0, 999) for _ in range(4)] == [479, 662, 831, 908]
    assert rng.fork("kernel.0").seed() == 5784384163467272
    assert rng.permutation(6) == [4, 5, 2, 0, 1, 3]


def test_random_is_uniform():
    rng = stream(1)
    assert_uniform([rng.random() for _ in range(20_000)], 0, 1)


def test_seed_key_variant_and_names_give_independent_streams():
    firsts = [stream(seed, key, variant).random() for seed in range(20) for key in "abcde" for variant in range(20)]
    firsts += [stream(0).fork(str(name)).fork(str(child)).random() for name in range(40) for child in range(50)]
    assert len(set(firsts)) == len(firsts)
    assert_uniform(firsts, 0, 1)


def test_a_fork_does_not_depend_on_what_was_drawn_before():
    used, fresh = stream(3), stream(3)
    _ = [used.random() for _ in range(11)]
    assert used.fork("a").random() == fresh.fork("a").random()


def test_integers_include_both_ends_equally():
    rng = stream(2)
    counts = Counter(rng.integer(3, 7) for _ in range(20_000))
    assert set(counts) == {3, 4, 5, 6, 7}
    for value, count in counts.items():
        assert_frequency(count, 20_000, 0.2, str(value))


def test_choice_follows_the_weights_and_never_takes_a_zero():
    rng = stream(4)
    counts = Counter(rng.choice({"a": 0.0, "b": 1.0, "c": 3.0, "d": 0.0}) for _ in range(20_000))
    assert set(counts) == {"b", "c"}
    assert_frequency(counts["c"], 20_000, 0.75)


def test_all_permutations_are_equally_likely():
    rng = stream(5)
    counts = Counter(tuple(rng.permutation(4)) for _ in range(24_000))
    assert set(counts) == set(permutations(range(4)))
    for order, count in counts.items():
        assert_frequency(count, 24_000, 1 / 24, str(order))


def test_any_text_can_be_a_key():
    keys = ["", "a", "ä", "a\0", "\udcff", "a" * 10_000, '"', "1,2"]
    assert len({stream(0, key).random() for key in keys}) == len(keys)
    assert len({stream(0).fork(key).random() for key in keys}) == len(keys)
