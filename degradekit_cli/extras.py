"""What commands need that is not installed with every degradekit."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def needs_torch(command: str) -> Iterator[None]:
    """Turn a failed import of torch in the block into words."""
    try:
        yield
    except ImportError as error:
        raise click.ClickException(f"{command}: needs torch; pip install 'degradekit[train]' ({error})") from None
