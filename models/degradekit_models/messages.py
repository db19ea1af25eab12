"""Errors of other packages, in one line of a message."""

import pickle

from degradekit.errors import DegradekitError
from degradekit_models.tensor_files import TensorFileError


def first_line(error: Exception) -> str:
    """Return the text of an error, in one line of at most 200 characters; of other packages' errors with their kind."""
    if isinstance(error, pickle.UnpicklingError):  # torch's text begins with how to load files that run code
        return "not a file of named tensors"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, TensorFileError | DegradekitError):
        return "; ".join(str(error).splitlines())[:200]
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
