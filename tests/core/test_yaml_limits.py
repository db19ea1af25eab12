"""YAML that stands for much more than it is long is refused while it is read, with little memory."""

import os
import subprocess
import sys
import textwrap

import pytest

from degradekit import recipes
from degradekit.yaml_text import parse


def bomb(first, item):
    """Nine lines of aliases: each names the line above nine times."""
    lines = [f"a: &a {first}"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} " + item.format(", ".join([f"*{before}"] * 9)))
    return "\n".join(lines)


BOMBS = {
    "lists": bomb("[x, x, x, x, x, x, x, x, x]", "[{}]"),
    "mappings": bomb("{a: x, b: x}", "{{a: [{}]}}"),
    "merged": bomb("{p: 1, q: 2}", "{{<<: [{}]}}"),
    "text": f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 9000)}]",
    "digits": f"a: {'9' * 200_000}",
    "lists in lists": "[" * 200_000,
    "mappings in mappings": "{a: " * 60_000,
    "pairs": f"a: !!pairs [{'a: 1, ' * 30_000}]",
    "timestamps": f"a: [{'2020-01-01, ' * 20_000}]",
    "keys": "{" + ", ".join(f"{index}a: 1" for index in range(20_000)) + "}",
}

PARSER = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from degradekit import recipes
from degradekit.errors import RecipeError
for text in eval(sys.stdin.read()):
    try:
        recipes.loads(text)
    except RecipeError as error:
        print(error)
    else:
        print("taken")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of resources")
def test_yaml_bombs_are_refused_with_little_memory():
    """All of them in one process of at most 1 GiB, libraries included; the nine lines alone would take 4 GB."""
    pytest.importorskip("resource")
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    texts = repr(list(BOMBS.values()))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PARSER)], input=texts, capture_output=True, text=True, env=environment
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (0, len(BOMBS)), done.stderr[-2000:]
    assert all(line.startswith("line ") for line in lines), lines


def test_aliases_that_people_write_are_taken():
    text = "op: chain\nchildren:\n" + "- &weak {op: jpeg, quality: [90, 95]}\n" + "- {<<: *weak, quality: 60}\n" * 100
    assert len(recipes.loads(text).children) == 101
    assert parse("a: &x [1, 2]\nb: [*x, *x]") == {"a": [1, 2], "b": [[1, 2], [1, 2]]}
