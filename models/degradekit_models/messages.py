"""Wording that messages share."""


def first_line(error: Exception) -> str:
    """Return the kind of an error and what it says, in one line of at most 200 characters."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
