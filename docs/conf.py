"""Configuration of the documentation site, for Sphinx: `make docs` builds it."""

import sys
from pathlib import Path

import degradekit

sys.path.insert(0, str(Path(__file__).parent))

project = "degradekit"
author = "the degradekit authors"
version = release = degradekit.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "reference_pages",
]
exclude_patterns = ["_build", "reference_pages"]
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!degradekit).*"),  # of other packages, whose inventories are on the internet
    # Handed on, and not read.
    ("py:.*", r".*\.(Extra|Field|Level|Plan|RealCrops|Row|Scan|SharedPictures|Simulation|T|Workers)"),
]
smartquotes = False  # commands and code stand in sentences

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

default_role = "code"  # docstrings write code between single backticks
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"  # and the type of what is returned
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

toc_object_entries = False  # headings name them already

html_theme = "furo"
html_title = "degradekit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
