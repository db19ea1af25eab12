"""Every error degradekit raises on purpose."""


class DegradekitError(ValueError):
    """Base class: bad input, told as place, rule and value."""


class RecipeError(DegradekitError):
    """A recipe breaks a rule; one line per mistake."""


class ImageError(DegradekitError):
    """Something handed in is not an image degradekit can use."""


class RecordError(DegradekitError):
    """A stored degradation cannot be read."""


class DatasetError(DegradekitError):
    """A dataset cannot be built where or as asked."""
