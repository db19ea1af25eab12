"""HTML that needs no other file: pages, and what notebooks show of objects; their style, and charts.

Whatever a template shows is escaped, so that a name from a file is neither markup nor moves or hides anything.
"""

import base64
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from degradekit.wording import counted, printable, printable_lines, short_number


def render(template: str, **values: Any) -> str:
    """Return a page.

    Args:
        template: The name of a file in the folder `templates`.
        values: What the template shows.
    """
    return _ENVIRONMENT.get_template(template).render(values)


def data_url(picture: bytes, kind: str) -> str:
    """Return a picture as the source of an image of a page.

    Args:
        picture: The bytes of a file.
        kind: Its format, as its media type has it, such as png.
    """
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _shown(value: Any) -> Any:
    """Return what a template shows of a value, before it is escaped."""
    return value if isinstance(value, Markup) else printable(str(value))


def _lines(text: str) -> Markup:
    return Markup.escape(printable_lines(text))


def _error(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2g}"


def _score(value: float | None) -> str:
    return "unknown" if value is None else f"{round(value, 2) + 0.0:.2f}"  # -0.0 + 0.0 is 0.0


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


_ENVIRONMENT = Environment(
    loader=PackageLoader(__name__),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters |= {
    "counted": counted,
    "lines": _lines,
    "number": short_number,
    "error": _error,
    "score": _score,
    "percent": _percent,
}
