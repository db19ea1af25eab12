"""What commands need that is not installed with every degradekit."""

from collections.abc import Iterator
from contextlib import contextmanager

from degradekit_cli.commands import Failure


@contextmanager
def needs_torch(command: str) -> Iterator[None]:
    """Turn a failed import of torch in the block into words."""
    try:
        yield
    except ImportError as error:
        raise Failure(f"{command}: needs torch; pip install 'degradekit[train]' ({error})") from None
