"""A condition on pairs: what follows WHERE in SQL, evaluated by the SQLite that comes with Python."""

import re
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from itertools import accumulate

import pyarrow as pa

from degradekit.dataset.pair_rows import PairRow, converted, without_lists
from degradekit.errors import DatasetError, Mistake
from degradekit.known_names import did_you_mean, unknown
from degradekit.limits import MAX_CONDITION_CHARACTERS, MAX_LINE_BYTES
from degradekit.wording import byte_size, printable

FUNCTIONS = (
    "abs", "coalesce", "glob", "ifnull", "instr", "json_array_length", "json_extract", "length", "like", "lower", "max",
    "min", "nullif", "round", "substr", "trim", "upper", "->", "->>",
)  # fmt: skip
"""What a condition may call: functions of their arguments alone, whose results are not longer than these."""

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"([^"]*)"|`([^`]*)`|\[([^\]]*)\]""")
_AFFINITIES = {pa.bool_(): "INTEGER", pa.int64(): "INTEGER", pa.float64(): "REAL", pa.string(): "TEXT"}
_MAX_TEXT_BYTES = 4 * MAX_LINE_BYTES
"""Length of a value: JSON takes up to three times the bytes of letters that it escapes, and spaces between items."""
_INDEX = "#"
"""The column of the index of a row, which no condition can name."""


class Condition:
    """A condition that looks at one row alone, so that neither the order nor the number of rows changes a result.

    Args:
        where: The condition, such as `jpeg_1_quality < 40 and noise_2_sigma is null`.
        schema: The columns that there are.

    Raises:
        DatasetError: It is not such a condition, or names a column that there is not.
    """

    def __init__(self, where: str, schema: pa.Schema) -> None:
        if not isinstance(where, str):
            raise DatasetError(Mistake("where", "must be text", where))
        if len(where) > MAX_CONDITION_CHARACTERS:
            raise DatasetError(Mistake("where", f"must have at most {MAX_CONDITION_CHARACTERS} characters", len(where)))
        self._where, self._names = where, schema.names
        names = {word.casefold() for word in (*re.findall(r"\w+", where), *self._quoted_names())}
        self._columns = [field for field in without_lists(schema) if field.name.casefold() in names]
        self._refuse_other_text()
        self.matching([])
        if not self._columns:
            raise DatasetError(Mistake("where", "must name a column, as in jpeg_1_quality < 40", where))

    def matching(self, rows: Sequence[PairRow]) -> list[int]:
        """Return the indices of the rows for which the condition is true, neither false nor null.

        Raises:
            DatasetError: It cannot be evaluated.
        """
        values = (converted([row.get(field.name) for row in rows], field.type) for field in self._columns)
        columns = [_quoted(_INDEX), *(f"{_quoted(field.name)} {_AFFINITIES[field.type]}" for field in self._columns)]
        marks = ", ".join("?" * len(columns))
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_TEXT_BYTES)
            try:
                # This fails for names that differ in capitals only.
                database.execute(f"CREATE TABLE pairs ({', '.join(columns)})")
                database.executemany(f"INSERT INTO pairs VALUES ({marks})", zip(range(len(rows)), *values, strict=True))
                database.set_authorizer(_OneQuery({field.name for field in self._columns}))
                matching = database.execute(f"SELECT {_quoted(_INDEX)} FROM pairs WHERE ({self._where})")
                return sorted(index for (index,) in matching)
            except sqlite3.Error as error:
                raise DatasetError(self._mistake(str(error))) from None

    def _quoted_names(self) -> list[str]:
        return [name for names in _QUOTED.findall(self._where) for name in names if name]

    def _refuse_other_text(self) -> None:
        """Refuse what would end the parentheses that the condition is put into, and what SQLite takes for text."""
        where, mistake = self._where, ""
        bare = _QUOTED.sub(" ", where)
        depths = list(accumulate((each == "(") - (each == ")") for each in bare))
        if not where.replace("\n", " ").isprintable():
            mistake = "must be of printable characters"
        elif any(mark in bare for mark in (";", "--", "/*")):
            mistake = "must be one condition, without comments"
        elif depths and (min(depths) < 0 or depths[-1] > 0):
            mistake = "must close each parenthesis that it opens"
        if mistake:
            raise DatasetError(Mistake("where", mistake, where))
        for name in self._quoted_names():
            if name.casefold() not in {field.name.casefold() for field in self._columns}:
                rule = f"has no column {name!r}; put text in single quotes, 'so'{did_you_mean(name, self._names)}"
                raise DatasetError(Mistake("where", rule, where))

    def _mistake(self, message: str) -> Mistake:
        """Return SQLite's message in our words."""
        if column := re.fullmatch("no such column: (.*)", message):
            return unknown("where", column[1], self._names, "column")
        if re.search("no such function|to use function", message):
            *others, last = (name for name in FUNCTIONS if name[0].isalpha())
            function = message.rpartition(": ")[2]
            return Mistake("where", f"may call {', '.join(others)} and {last} only, not {function}", self._where)
        if "too big" in message:
            rule = f"must look at text of at most {byte_size(_MAX_TEXT_BYTES)}, which a row exceeds"
            return Mistake("where", rule, self._where)
        if "not authorized" in message or "prohibited" in message:
            return Mistake("where", "must be a condition on the columns of a row, without a query inside", self._where)
        if message.startswith('near ")"') and ")" not in self._where:  # the one that `matching` adds
            message = "something is missing at its end"
        return Mistake("where", f"must be what follows WHERE in SQL ({printable(message)})", self._where)


class _OneQuery:
    """Allows SQLite, which asks while it compiles a statement, one query of some columns, and some functions."""

    def __init__(self, columns: Collection[str]) -> None:
        self._columns, self._queries = {"", _INDEX, *columns}, 0  # no name stands for the table as a whole

    def __call__(self, action: int, _: str | None, name: str | None, *__: str | None) -> int:
        allowed = False
        if action == sqlite3.SQLITE_SELECT:
            self._queries += 1
            allowed = self._queries == 1
        elif action == sqlite3.SQLITE_FUNCTION:
            allowed = name in FUNCTIONS
        elif action == sqlite3.SQLITE_READ:
            allowed = name in self._columns
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
