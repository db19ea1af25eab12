"""Wording that messages share."""

import pickle


def first_line(error: Exception) -> str:
    """Return the kind of an error and what it says, in one line of at most 200 characters."""
    if isinstance(error, pickle.UnpicklingError):  # torch's text begins with how to load files that run code
        return "not a file of named tensors"
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
