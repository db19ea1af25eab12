"""Open shards: not built, because a photo of theirs cannot be read now; the same command builds them later."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from degradekit.dataset.manifest import Manifest
from degradekit.errors import UnavailableError
from degradekit.wording import counted

MOST_IN_A_ROW = 32
"""Open shards in a row that end the run: then it is a service that fails, and not a photo."""
_SHOWN = 20


class OpenShard(NamedTuple):
    """A shard that was not built, and the sentence about the first of its photos that cannot be read now."""

    shard: str
    reason: str


class OpenShards:
    """The open shards among the results of a run.

    Args:
        planned: Number of shards of the run.
    """

    def __init__(self, planned: int) -> None:
        self._planned = planned
        self._open: list[OpenShard] = []

    def set_apart(self, results: Iterable[Manifest | OpenShard]) -> Iterator[Manifest]:
        """Yield the manifests, and keep the open shards.

        Raises:
            UnavailableError: At the end where shards are open, or earlier where too many follow one another.
        """
        in_a_row = 0
        for result in results:
            if isinstance(result, OpenShard):
                self._open.append(result)
                in_a_row += 1
                if in_a_row == MOST_IN_A_ROW:
                    raise self._error(f", {in_a_row} of them in a row, which ended the build")
            else:
                in_a_row = 0
                yield result
        if self._open:
            raise self._error("")

    def _error(self, addition: str) -> UnavailableError:
        count = len(self._open)
        photos, were, them = ("1 photo", "was", "it") if count == 1 else (f"{count} photos", "were", "them")
        lines = [
            f"source: {photos} could not be read now, so {count} of {counted(self._planned, 'shard')} {were} not"
            f" built{addition}; run the same command again to build {them}"
        ]
        lines += [each.reason.removeprefix("source: ") for each in sorted(self._open)[:_SHOWN]]
        lines += [f"and {count - _SHOWN} more"] * (count > _SHOWN)
        return UnavailableError("\n  ".join(lines))
