from collections import Counter
from functools import partial
from itertools import permutations

import pytest
from bounds import assert_frequency

from degradekit import JPEG, Chain, Crop, HighOrder, Kernel, Maybe, Noise, OneOf, RecipeError, Resize, Shuffle, Sinc

SIZE = (60, 90)
BLUR = partial(Kernel, sinc_probability=0.0)


def ops(operator, variant: int) -> tuple[str, ...]:
    return tuple(step.op.partition(".")[0] for step in operator.sample(SIZE, seed=0, variant=variant).steps)


def test_shuffle_makes_all_orders_of_operators_and_groups_equally_likely():
    group = Chain((Resize(), Sinc()))
    shuffle = Shuffle((group, JPEG(), Noise()))
    counts = Counter(ops(shuffle, variant) for variant in range(6000))
    blocks = [("resize", "sinc"), ("jpeg",), ("noise",)]
    assert set(counts) == {sum(order, ()) for order in permutations(blocks)}
    for order, count in counts.items():
        assert_frequency(count, 6000, 1 / 6, str(order))


def test_shuffle_keeps_listed_operators_in_order_and_all_such_orders_equally_likely():
    shuffle = Shuffle(
        (BLUR(name="a"), JPEG(name="b"), Noise(name="c"), Sinc(name="d")), ordered=(("a", "c"), ("d", "b"))
    )
    counts = Counter(ops(shuffle, variant) for variant in range(6000))
    names = ("kernel", "jpeg", "noise", "sinc")
    allowed = {
        order
        for order in permutations(names)
        if order.index("kernel") < order.index("noise") and order.index("sinc") < order.index("jpeg")
    }
    assert set(counts) == allowed
    for order, count in counts.items():
        assert_frequency(count, 6000, 1 / len(allowed), str(order))


def test_listed_names_call_a_chain_by_its_operators_name():
    shuffle = Shuffle((JPEG(), Chain((Sinc(),)), Maybe(Chain((Noise(),)), 1.0)), ordered=[["chain.0", "jpeg.0"]])
    assert shuffle.names == ("jpeg.0", "chain.0", "chain.1")
    assert all(order.index("sinc") < order.index("jpeg") for order in (ops(shuffle, v) for v in range(50)))


def test_shuffle_probability():
    shuffle = Shuffle((BLUR(), JPEG(), Noise()), probability=0.3)
    declared = sum(ops(shuffle, variant) == ("kernel", "jpeg", "noise") for variant in range(6000))
    assert_frequency(declared, 6000, 0.7 + 0.3 / 6)


def test_a_shuffle_of_some_takes_each_number_of_operators_and_each_order_of_them_equally_often():
    counts = Counter(ops(Shuffle((BLUR(), JPEG(), Noise()), count=(1, 2)), variant) for variant in range(6000))
    some = [order for count in (1, 2) for order in permutations(("kernel", "jpeg", "noise"), count)]
    assert set(counts) == set(some)
    for order in some:
        assert_frequency(counts[order], 6000, 1 / 6 if len(order) == 1 else 1 / 12, str(order))


def test_a_shuffle_without_a_count_and_one_of_all_draw_the_same():
    children = (BLUR(), JPEG(), Noise())
    for variant in range(20):
        assert ops(Shuffle(children), variant) == ops(Shuffle(children, count=3), variant)
    with pytest.raises(RecipeError, match=r"count: must be at most the number of children, 3 \(got \[1, 4\]\)"):
        Shuffle(children, count=(1, 4))


def test_one_of_and_maybe_follow_their_probabilities():
    counts = Counter(ops(OneOf((BLUR(), JPEG(), Noise()), weights=(1, 0, 3)), v) for v in range(6000))
    assert set(counts) == {("kernel",), ("noise",)}
    assert_frequency(counts[("noise",)], 6000, 0.75)
    assert_frequency(sum(bool(ops(Maybe(JPEG(), 0.2), v)) for v in range(6000)), 6000, 0.2)


def drawn(operator, op: str):
    return [step for step in operator.sample(SIZE, seed=3).steps if step.op.partition(".")[0] == op]


def test_inserting_an_operator_of_another_type_moves_no_draw():
    before = Chain((Kernel(), Noise(), JPEG()))
    after = Chain((Sinc(), Kernel(), Resize(), Noise(), JPEG()))
    for op in ("kernel", "noise", "jpeg"):
        assert drawn(before, op) == drawn(after, op)


def test_inserting_a_named_operator_before_a_sibling_of_its_type_moves_no_draw():
    before = Chain((Kernel(), JPEG()))
    named = Chain((Kernel(name="extra"), Kernel(), JPEG()))
    unnamed = Chain((Kernel(), Kernel(), JPEG()))
    assert drawn(named, "kernel")[1] == drawn(before, "kernel")[0]
    assert drawn(unnamed, "kernel")[1] != drawn(before, "kernel")[0]


def test_maybe_is_transparent():
    assert drawn(Chain((Maybe(Kernel(), 1.0), Kernel())), "kernel") == drawn(Chain((Kernel(), Kernel())), "kernel")


def test_a_child_called_maybe_draws_independently_of_the_coin():
    operator = Maybe(Chain((Kernel(name="maybe"),)), 0.5)
    sizes = {step.size for v in range(400) for step in operator.sample(SIZE, seed=0, variant=v).steps}
    assert sizes == set(range(7, 22, 2))


def test_names_of_stages_name_their_streams():
    from degradekit import Stage

    plain, named = (HighOrder(stages=(Stage(), Stage(name=name))) for name in (None, "b"))
    assert drawn(plain, "noise")[0] == drawn(named, "noise")[0]
    assert drawn(plain, "noise")[1] != drawn(named, "noise")[1]


def test_listed_orders_hold_without_shuffling_too():
    shuffle = Shuffle((JPEG(), Sinc()), probability=0.0, ordered=(("sinc.0", "jpeg.0"),))
    assert ops(shuffle, 0) == ("sinc", "jpeg")


def test_seed_variant_key_and_size_are_checked():
    import numpy as np

    assert Kernel().sample(SIZE, seed=np.int64(3), variant=np.uint8(2)) == Kernel().sample(SIZE, seed=3, variant=2)
    for mistake, message in (
        ({"seed": None}, r"seed: must be an integer \(got None\)"),
        ({"seed": 1.0}, r"seed: must be an integer \(got 1.0\)"),
        ({"seed": 1, "variant": "a"}, r"variant: must be an integer \(got 'a'\)"),
        ({"seed": 1, "key": 5}, r"key: must be text \(got 5\)"),
    ):
        with pytest.raises(ValueError, match=message):
            Kernel().sample(SIZE, **mistake)
    for size in ((4, 4, 3), (0, 4), 400, (4.0, 4.0), np.zeros((4, 4, 3))):
        with pytest.raises(RecipeError, match=r"size: must be \(height, width\) in pixels, integers >= 1"):
            Kernel().sample(size, seed=0)


def test_shuffling_moves_no_draw_of_the_children():
    children = (Kernel(), Noise(), JPEG())
    for op in ("kernel", "noise", "jpeg"):
        assert drawn(Shuffle(children), op) == drawn(Shuffle(children, probability=0.0), op)


def test_siblings_of_one_type_draw_independently():
    first, second = drawn(Chain((Noise(), Noise())), "noise")
    assert first != second


def test_resizes_see_the_size_that_the_steps_before_leave():
    halves = Chain((Resize(factor=0.5, direction="down"),) * 2)
    assert [(p.height, p.width) for p in drawn(halves, "resize")] == [(30, 45), (15, 22)]


def test_a_scale_crops_to_multiples_and_is_what_lr_means_inside():
    operator = Chain((Resize(to="lr"),), scale=4)
    steps = operator.sample((63, 90), seed=0).steps
    assert [step.op for step in steps] == ["crop", "resize"]
    assert (steps[0].height, steps[0].width) == (60, 88)
    assert (steps[1].height, steps[1].width) == (15, 22)


def test_an_inner_scale_takes_the_image_as_it_arrives_for_the_hr():
    halve = Resize(factor=0.5, direction="down")
    operator = Chain((halve, Chain((Resize(to="lr"),), scale=2)), scale=4)
    assert operator.sample((64, 64), seed=0).lr_size == (16, 16)


def test_a_recipe_that_does_not_end_at_the_lr_size_is_refused():
    with pytest.raises(ValueError, match=r"must end at the LR size; let the last resize have `to: lr`"):
        Chain((Kernel(),), scale=4).sample((64, 64), seed=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Shuffle((JPEG(),), ordered=(("kernel.0",),)),
            r"ordered: unknown name; known: jpeg.0 \(got 'kernel.0'\)",
        ),
        (lambda: Shuffle((JPEG(), Sinc()), ordered=(("jpeg.0",), ("jpeg.0", "sinc.0"))), "must be listed once"),
        (lambda: Chain((JPEG(name="a"), Sinc(name="a"))), "names must be unique among siblings"),
        (lambda: Shuffle((JPEG(name="a"), Sinc(name="a"))), "names must be unique among siblings"),
        (lambda: OneOf((JPEG(),), weights=(1.0, 2.0)), "must be one for each of 1 children"),
        (lambda: OneOf((JPEG(),), weights=(0.0,)), "at least one must be above 0"),
        (lambda: Maybe(Maybe(JPEG(), 0.5), 0.5), "must not be another maybe"),
        (lambda: Maybe(JPEG(), 1.5), r"probability: must be between 0 and 1 \(got 1.5\)"),
        (lambda: Chain(()), "children: must have at least one item"),
        (lambda: Chain((5,)), r"children\[0\]: must be an operator \(got 5\)"),
        (lambda: HighOrder(order=0), r"order: must be between 1 and 16 \(got 0\)"),
        (lambda: HighOrder(order=1, stages=({}, {})), "must have at most one item for each order"),
        (lambda: Resize(factor=(0.2, 0.8)), "must include a value >= 1, as the direction `up` has a weight"),
        (lambda: Resize(factor=(1.2, 1.8)), "must include a value <= 1, as the direction `down` has a weight"),
        (lambda: Noise(channels={"correlated": 1.0}), "Poisson noise cannot be correlated"),
        (lambda: Crop(size=3), "size: unknown field; known: name"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(make, message):
    with pytest.raises(RecipeError, match=message):
        make()
