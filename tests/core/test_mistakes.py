"""Classes with rules: what their constructors take and refuse, and how they look from outside."""

import dataclasses
import inspect
import pydoc
from typing import Annotated, Literal

import numpy as np
import pytest
from pydantic import Field

from degradekit import JPEG, Chain, Crop, HighOrder, Kernel, Mistake, Noise, OneOf, RecipeError, Resize, Stage, recipes
from degradekit.errors import DegradekitError
from degradekit.fields import Mix, Number, Span, Weights, Within, bounds, weights_of
from degradekit.mistakes import validated
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.noise import GaussianStep


@validated(DegradekitError)
class Plain:
    """A class with fields of many types, as a person may write one."""

    count: int = 1
    either: int | str | None = None
    names: dict[str, float] = dataclasses.field(default_factory=dict)
    pair: tuple[Number, Number] | Literal["auto"] = "auto"
    short: Annotated[str, Field(max_length=3)] = ""
    made: list[int] = Field(default_factory=list)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Plain(count="a"), "count: must be an integer (got 'a')"),
        (lambda: Plain(either=[1]), "either: must be an integer, or text (got [1])"),
        (lambda: Plain(names=5), "names: must be a mapping (got 5)"),
        (lambda: Plain(names={"a": "b"}), "names.a: must be a number (got 'b')"),
        (lambda: Plain(names={3: 1.0}), "names: names must be text (got 3)"),
        (lambda: Plain(pair="all"), "pair: must be a list, or 'auto' (got 'all')"),
        (lambda: Plain(pair=(1.0, "b")), "pair[1]: must be a number (got 'b')"),
        (lambda: Plain(short="long"), "short: must have at most 3 characters (got 'long')"),
        (lambda: JPEG((1, 2), "4:2:0", 5), "at most 2 arguments may be given without a name (got 5)"),
        (
            lambda: JPEG(quality=10**5000),
            "quality: must satisfy 1 <= low <= high <= 100 (got an int of too many digits)",
        ),
        (lambda: Kernel(sigma=np.ones((2, 2))), "sigma: must be a number or [low, high] (got array([[1., 1.],"),
        (
            lambda: Noise(kinds=["gaussian"]),
            "kinds: must be a name, or a mapping of names to weights (got ['gaussian'])",
        ),
        (lambda: Resize(to="hr"), "to: must be 'input' or 'lr', or a list (got 'hr')"),
        (lambda: Resize(to=(3, 0)), "to[1]: must be between 1 and 131072 (got 0)"),
        (lambda: Stage(blur=np.ones((2, 2))), "blur: must be an operator, null, or 'published' (got array([[1., 1.],"),
        (lambda: HighOrder(stages=[JPEG()]), "stages[0]: must be a stage (got JPEG("),
        (
            lambda: GaussianStep(1.0, 3, "red"),
            "channels: must be 'color', 'gray', 'luma' or 'chroma', or a list (got 'red')",
        ),
        (lambda: GaussianStep(1.0, 3, [[1, 0, 0], [0, 1, 0], [0, 0]]), "channels[2][2]: must be given"),
    ],
)
def test_each_kind_of_mistake_has_one_line_with_field_rule_and_value(make, message):
    with pytest.raises(DegradekitError) as caught:
        make()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(message)


@pytest.mark.parametrize(
    ("numpys", "pythons"),
    [
        (lambda: JPEGStep(np.int64(50)), JPEGStep(50)),
        (lambda: JPEG(quality=np.uint8(50)), JPEG(quality=50)),
        (lambda: JPEG(quality=(np.int32(30), np.int64(50))), JPEG(quality=(30, 50))),
        (lambda: Kernel(sigma=np.float32(0.5)), Kernel(sigma=0.5)),
        (lambda: Kernel(sigma=[np.float16(0.5), np.int64(2)]), Kernel(sigma=(0.5, 2))),
        (lambda: Noise(kinds={"gaussian": np.int64(1)}), Noise(kinds="gaussian")),
        (lambda: HighOrder(order=np.int16(3), scale=np.int64(2)), HighOrder(order=3, scale=2)),
        (lambda: Resize(to=(np.int64(4), np.int64(5))), Resize(to=(4, 5))),
        (lambda: OneOf([JPEG(), Crop()], weights=[np.float32(0.5), np.int64(1)]), OneOf([JPEG(), Crop()], (0.5, 1))),
        (lambda: Chain([{"op": "jpeg", "quality": np.int64(50)}]), Chain([JPEG(quality=50)])),
        (lambda: recipes.from_dict({"op": "jpeg", "quality": [np.int64(30), 50]}), JPEG(quality=(30, 50))),
    ],
)  # fmt: skip
def test_numbers_of_numpy_are_numbers(numpys, pythons):
    made = numpys()
    assert made == pythons
    if not isinstance(made, JPEGStep):
        assert recipes.dumps(made) == recipes.dumps(pythons)
    with pytest.raises(DegradekitError, match=r"^quality: must be an integer \(got 1.5\)$"):
        JPEGStep(np.float64(1.5))


def test_what_a_terminal_would_obey_is_written_out():
    with pytest.raises(RecipeError) as caught:
        recipes.from_dict({"op": "jpeg", "\x1b[2J\n": "\x1b]0;x\x07"})
    assert str(caught.value) == (r"\x1b[2J\n: unknown field; known: name, quality, subsampling")
    with pytest.raises(RecipeError, match=r"^name: must be text \(got \['\\x1b'\]\)$"):
        JPEG(name=["\x1b"])


def test_a_rule_between_fields_is_a_mistake_of_a_field_at_any_depth():
    with pytest.raises(RecipeError) as caught:
        HighOrder(stages=[Stage(), {"blur": {"op": "one_of", "children": [{"op": "resize", "factor": 2}]}}])
    assert caught.value.mistakes == (
        Mistake(
            "stages[1].blur.children[0].factor",
            "must include a value <= 1, as the direction `down` has a weight",
            (2.0, 2.0),
        ),
    )
    with pytest.raises(RecipeError, match=r"^children\[0\]\.weights: must be one for each of 1 children"):
        Chain([{"op": "one_of", "children": [{"op": "jpeg"}], "weights": [1, 2]}])


def test_signatures_show_fields_types_and_defaults():
    assert str(inspect.signature(JPEGStep)) == (
        "(quality: int, subsampling: Literal['4:2:0', '4:2:2', '4:4:4', '4:4:0', '4:1:1'] = '4:2:0')"
    )
    assert "direction: str | Mapping[str, float] = <computed>" in str(inspect.signature(Resize))
    assert "last: Operator | None = None" in str(inspect.signature(HighOrder))
    parameters = inspect.signature(Plain).parameters
    assert [repr(parameters[name].default) for name in ("names", "made")] == ["<computed>", "<computed>"]
    assert inspect.signature(OneOf).parameters["children"].default is inspect.Parameter.empty


def test_a_class_that_was_looked_at_before_its_first_object_has_our_errors_and_signature():
    @validated(DegradekitError)
    class Seen:
        """A class of which `help` is asked first."""

        count: int = 1

    text = pydoc.render_doc(Seen, renderer=pydoc.plaintext)
    assert "those that break their rules are all named in one error" in text
    with pytest.raises(DegradekitError, match=r"^count: must be an integer \(got 'a'\)$"):
        Seen(count="a")
    assert str(inspect.signature(Seen)) == "(count: int = 1)"
    assert Seen(count=2).count == 2


def test_a_class_in_a_function_may_have_annotations_that_are_text():
    local = Annotated[float, Field(gt=0)]

    @validated(DegradekitError)
    class Local:
        share: "local" = 0.5

    assert str(inspect.signature(Local)) == "(share: 'local' = 0.5)"


@validated(DegradekitError)
class WithDefaults:
    """Defaults as a person may write them."""

    factor: Annotated[Span, Within(0, 10)] = 2
    kinds: Annotated[Mix, Weights("a", "b")] = "a"


def test_defaults_are_brought_into_the_form_of_other_values():
    assert WithDefaults() == WithDefaults(factor=[2, 2], kinds={"a": 1})
    assert (bounds(WithDefaults().factor), weights_of(WithDefaults().kinds)) == ((2.0, 2.0), {"a": 1.0})


def test_replacing_a_field_checks_it():
    assert dataclasses.replace(JPEG(), quality=60) == JPEG(quality=(60, 60))
    with pytest.raises(RecipeError, match="quality: must satisfy 1 <= low <= high <= 100"):
        dataclasses.replace(JPEG(), quality=0)


@pytest.mark.parametrize("long", [Mistake("x" * 10**5, "is wrong", 7), Mistake("", "is wrong: " + "x" * 10**5, 7)])
def test_a_message_is_bounded_and_keeps_its_ends(long):
    text = str(RecipeError(long))
    assert len(text) < 1000
    assert text.endswith("(got 7)")
    assert " ... " in text


def test_of_many_mistakes_the_text_has_the_first():
    error = RecipeError(*(Mistake(f"a[{index}]", "is wrong") for index in range(1000)))
    assert str(error).splitlines()[::19] == ["a[0]: is wrong", "a[19]: is wrong"]
    assert str(error).endswith("\nand 980 other mistakes")
    assert len(error.mistakes) == 1000
