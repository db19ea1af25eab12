"""The page for plain torch, Lightning and accelerate, whose blocks are one script."""

from importlib.util import find_spec

import pytest
from pages import blocks
from terminal import degradekit, python

PAGE = "docs/with-torch.md"


@pytest.mark.slow
@pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "lightning", "accelerate")),
    reason="`make slow` installs Lightning and accelerate",
)
def test_the_page_is_a_script(paired):
    (export,) = (code for _, code in blocks(PAGE, "sh") if "export" in code)
    done = degradekit(*export.split()[1:], cwd=paired)
    assert done.returncode == 0, done.stderr
    python("-c", "\n".join(code for _, code in blocks(PAGE, "python")), cwd=paired)
