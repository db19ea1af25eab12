"""Limits: what a record or a recipe may not ask for, refused before any work is done."""

import json

import pytest

from degradekit import JPEG, Chain, HighOrder, Kernel, Maybe, Noise, RecipeError, Resize, Sinc, recipes
from degradekit.degradation import Degradation
from degradekit.errors import DegradekitError, RecordError
from degradekit.limits import MAX_INTEGER, MAX_OPERATORS, MAX_RECORD_CHARACTERS, MAX_STEPS, MAX_YAML_BYTES
from degradekit.rng import stream


def resize(height, width, filter="nearest"):
    return {"op": "resize", "height": height, "width": width, "factor": 1.0, "filter": filter}


def sinc(size=255):
    return {"op": "sinc", "size": size, "cutoff": 1.0}


def gaussian(**values):
    return {"op": "noise.gaussian", "sigma": 1.0, "seed": 1} | values


def kernel(**values):
    return {"op": "kernel", "family": "aniso", "size": 21, "sigma_x": 1.0, "sigma_y": 2.0} | values


def record(*steps, size=(64, 64), scale=1):
    return json.dumps({"version": 2, "size": size, "scale": scale, "steps": steps})


RECORDS = {
    "large resize": (record(resize(12_000, 12_000), resize(64, 64)), r"steps\[0\]: .* at most 4,194,304 pixels"),
    "large resize of a large HR": (
        record(resize(12_000, 12_000), size=(4000, 4000)),
        r"steps\[0\]: must result in at most 134,217,728 pixels for an HR of 16,000,000.* \(got \[12000, 12000\]\)",
    ),
    "several resizes": (record(*[resize(64 * 9**n, 64) for n in range(1, 5)]), r"steps\[3\].*height: must be between"),
    "long side": (record(resize(1, 10**8), resize(64, 64)), r"steps\[0\]\.width: must be between 1 and 131072"),
    "large HR": (record(size=(20_000, 20_000)), "size: must have at most 134,217,728 pixels"),
    "long HR": (record(size=(1, 10**9)), r"size\[1\]: must be between 1 and 131072"),
    "large scale": (record(scale=10**9), "scale: must be between 1 and 64"),
    "many steps": (record(*[sinc(3)] * 3000), rf"steps: must be at most {MAX_STEPS} \(got 3000\)"),
    "many large kernels": (record(*[sinc()] * 100), "steps: must take at most 524,288 multiplications for each pixel"),
    "many large kernels of a tiny HR": (record(*[sinc()] * 100, size=(1, 1)), "steps: must take at most 524,288"),
    "many large kernels after shrinking": (record(resize(1, 1), *[sinc()] * 100), "steps: must take at most 524,288"),
    "large kernel": (record(sinc(257)), r"size: must be odd and between 1 and 255"),
    "wide kernel": (record(kernel(sigma_x=1e300)), r"sigma_x: must be between 0.001 and 100"),
    "round kernel": (record(kernel(beta=1e300)), r"beta: must be between 0.001 and 100"),
    "turned kernel": (record(kernel(theta=1e300)), r"theta: must be between -6.28319 and 6.28319"),
    "NaN": (record(kernel(theta=float("nan"))), "record: must have finite numbers only"),
    "infinity": (record(gaussian(sigma=float("inf"))), "record: must have finite numbers only"),
    "infinity as a number": (record(gaussian(sigma=0)).replace('"sigma": 0', '"sigma": 1e999'), "finite number"),
    "loud noise": (record(gaussian(sigma=1e38)), "sigma: must be between 0 and 1000"),
    "loud Poisson noise": (
        record({"op": "noise.poisson", "scale": 1e38, "seed": 1}),
        "scale: must be between 0 and 1000",
    ),
    "high peak": (record({"op": "noise.poisson", "scale": 1.0, "seed": 1, "peak": 1e9}), "peak: must be between 1"),
    "loud mixing": (
        record(gaussian(channels=[[1e300, 0, 0], [0, 1, 0], [0, 0, 1]])),
        r"channels\[0\]\[0\]: must be between -1000000000 and 1000000000",
    ),
    "large factor": (record(resize(8, 8) | {"factor": 1e300}), "factor: must be between 0 and 101"),
    "wide resize": (
        record({"op": "resize.gaussian", "height": 8, "width": 8, "factor": 1.0, "sigma": 1e9}),
        "sigma: must be between 0.001 and 100",
    ),
    "digits": (record(gaussian(seed=1)).replace('"seed": 1', f'"seed": 1{"0" * 5000}'), "at most 4,300 digits"),
    "large integer": (record(gaussian(seed=10**400)), r"seed: must be between 0 and 9007199254740991 \(got 1000"),
    "nested": ("[" * 100_000, "record: must not be nested this deeply"),
    "nested less": (record() [:-1] + ',"extra":' + "[" * 900 + "]" * 900 + "}", "extra: unknown field"),
    "nested value": (record("[" * 1).replace('"["', "[" * 900 + "]" * 900), r"steps\[0\]: must be a mapping"),
    "length": (record() + " " * MAX_RECORD_CHARACTERS, "record: must have at most 262,144 characters"),
    "null": ("null", "version: must be 2"),
    "empty": ("", "record: must be JSON"),
    "no text": (None, "record: must be text"),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_asks_for_absurd_work_is_refused_when_it_is_read(name):
    text, message = RECORDS[name]
    with pytest.raises(RecordError, match=message) as caught:
        Degradation.from_json(text)
    assert all(line.isprintable() and len(line) < 300 for line in str(caught.value).splitlines())


def test_steps_that_are_absurd_together_are_refused_however_they_come_together():
    """From records, by hand and from a draw, as the degradation itself checks them."""
    steps = Degradation.from_json(record(*[sinc()] * 5)).steps
    with pytest.raises(RecordError, match="steps: must take at most"):
        Degradation(size=(64, 64), scale=1, steps=steps * 20)
    with pytest.raises(RecipeError, match="recipe: draws steps that are refused: steps: must take at most"):
        Chain([Sinc(size=255)] * 100).sample((64, 64), seed=0)


def test_what_people_use_is_far_within_the_limits():
    whole_photo = HighOrder(order=16, scale=2).sample((9000, 12_000), seed=0)
    assert Degradation.from_json(whole_photo.to_json()) == whole_photo
    assert len(whole_photo.to_json()) < MAX_RECORD_CHARACTERS / 10
    assert len(recipes.dumps(HighOrder(order=16))) < MAX_YAML_BYTES / 10
    for variant in range(100):
        Chain([Kernel(size=255), Resize(factor=(0.5, 2.0)), Kernel(size=255)]).sample((8, 8), seed=0, variant=variant)


NESTED = "{op: chain, children: [" * 40 + "{op: jpeg}" + "]}" * 40
RECIPES = {
    "size": ("{op: resize, to: [60000, 60000]}", r"draws steps that are refused: steps\[0\]: must result in at most"),
    "factor": ("{op: resize, factor: 1e9, direction: up}", "factor: must satisfy 0.001 <= low <= high <= 100"),
    "side": ("{op: resize, to: [1, 100000000]}", r"to\[1\]: must be between 1 and 131072"),
    "kernel": ("{op: kernel, size: 100001}", "size: must satisfy 1 <= low <= high <= 255"),
    "sigma": ("{op: kernel, sigma: 1e30}", "sigma: must satisfy 0.01 <= low <= high <= 100"),
    "noise": ("{op: noise, sigma: 1e30}", "sigma: must satisfy 0 <= low <= high <= 1000"),
    "order": ("{op: high_order, order: 1000000000}", "order: must be between 1 and 16"),
    "scale": ("{op: chain, scale: 1000000, children: [{op: jpeg}]}", "scale: must be between 1 and 64"),
    "weights": ("{op: noise, kinds: {gaussian: 1e308, speckle: 1e308}}", r"weight of gaussian must be <= 1e\+300"),
    "weights of a choice": ("{op: one_of, weights: [1e308], children: [{op: jpeg}]}", r"weights\[0\]: must be between"),
    "depth": (NESTED, "must nest operators at most 32 deep"),
    "count": ("{op: chain, children: [" + "{op: jpeg}, " * 1001 + "]}", r"at most 1,000 operators \(got 1002\)"),
    "work": (
        "{op: chain, children: [" + "{op: sinc, size: 255}, " * 150 + "]}",
        "recipe: draws steps that are refused: steps: must take at most",
    ),
    "steps": (
        "{op: chain, children: [" + "{op: jpeg}, " * 201 + "]}",
        rf"recipe: draws steps that are refused: steps: must be at most {MAX_STEPS} \(got 201\)",
    ),
    "repeated stages": (
        "{op: high_order, order: 16, stages: [{}, {blur: {op: chain, children: [" + "{op: jpeg}, " * 100 + "]}}]}",
        "must have at most 1,000 operators",
    ),
    "infinity": ("{op: jpeg, quality: .inf}", r"quality: must be a finite number \(got inf\)"),
    "NaN": ("{op: maybe, child: {op: jpeg}, probability: .nan}", "probability: must be a finite number"),
    "overflow": ("{op: kernel, sigma: 1e999}", "sigma: must be a finite number"),
    "digits": ("{op: jpeg, quality: 1" + "0" * 10_000 + "}", "a number must have at most 100 characters"),
    "hexadecimal digits": ("{op: jpeg, quality: 0x1" + "0" * 10_000 + "}", "a number must have at most 100 characters"),
    "large integer": ("{op: jpeg, quality: 1" + "0" * 90 + "}", "quality: must be an integer of at most 63 bits"),
    "length": ("op: jpeg\n" + "#" * MAX_YAML_BYTES, r"must have at most 262,144 characters \(got 262,153\)"),
    "values": ("{op: jpeg, quality: [" + "1, " * 10_000 + "]}", "must have at most 10,000 values"),
    "lists": ("[" * 100_000, "line 1, column 101: must nest lists and mappings at most 100 deep"),
    "mappings": ("{a: " * 60_000, "must nest lists and mappings at most 100 deep"),
    "items": ("- " * 100_000, "must nest lists and mappings at most 100 deep"),
    "itself": ("{op: jpeg, quality: &a [*a]}", r"the alias \*a must not be inside of the value that it stands for"),
}  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_that_asks_for_absurd_work_is_refused_when_it_is_read_or_drawn_from(name):
    text, message = RECIPES[name]
    with pytest.raises(RecipeError, match=message):
        recipes.loads(text).sample((64, 64), seed=0)


def shared(value, depth=9):
    for _ in range(depth):
        value = {"op": "chain", "children": [value] * 9}
    return value


def containing_itself():
    data = {"op": "chain", "children": []}
    data["children"].append(data)
    return data


def nested_operators(depth):
    operator = JPEG()
    for _ in range(depth):
        operator = Chain([operator])
    return operator


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Resize(to=(1, 10**12)), r"to\[1\]: must be between 1 and 131072"),
        (lambda: Kernel(size=10**6 + 1), "size: must satisfy"),
        (lambda: Noise(scale=1e300), "scale: must satisfy 0 <= low <= high <= 1000"),
        (lambda: HighOrder(order=10**400), "order: must be between 1 and 16"),
        (lambda: nested_operators(32), "must nest operators at most 32 deep"),
        (lambda: Chain([JPEG()] * MAX_OPERATORS), r"must have at most 1,000 operators \(got 1001\)"),
        (lambda: Maybe(Chain([Chain([Chain([JPEG()] * 9)] * 9)] * 14), 0.5), "must have at most 1,000 operators"),
        (lambda: Chain([containing_itself()]), "must not be nested this deeply, or contain itself"),
        (lambda: recipes.from_dict(shared({"op": "jpeg"})), "a recipe must have at most 10,000 values"),
        (lambda: recipes.from_dict(containing_itself()), "a recipe must nest lists and mappings at most 100 deep"),
        (lambda: recipes.from_dict({"op": "jpeg", "quality": MAX_INTEGER + 1}), "quality: must be an integer of at"),
        (lambda: recipes.from_dict({"op": "jpeg", "quality": 10**5000}), "must be an integer of at most 63 bits"),
        (lambda: JPEG().sample((10**6, 10**6), seed=0), "draws steps that are refused: size"),
        (lambda: JPEG().sample((8, 8), seed=10**5000), "seed: must be between"),
        (lambda: stream(0, "", 2**129), "variant: must be between"),
    ],
)  # fmt: skip
def test_an_operator_that_asks_for_absurd_work_is_refused_when_it_is_made_or_drawn_from(make, message):
    with pytest.raises(DegradekitError, match=message):
        make()
