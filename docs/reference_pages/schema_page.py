"""The JSON Schema of recipes: the file, and how editors use it."""

import json
from collections.abc import Iterator

from degradekit import catalogue, recipes
from reference_pages.markdown import Page, joined, table, words

_TEXT = """\
# Schema of recipes

Editors complete and check recipes by a JSON Schema (2020-12): {download}`recipe.schema.json`. It is the one that
`degradekit recipe schema` prints, which also has operators of your own.

In an editor with the YAML language server, such as Visual Studio Code with the extension YAML, name the file in the
first line of a recipe:

```yaml
# yaml-language-server: $schema=recipe.schema.json
extends: real-esrgan
strength: 0.5
```

A recipe is any operator, or an extension of a shipped one; the definition of an operator has its name in recipes."""


def schema_pages() -> Iterator[Page]:
    """Yield the page, and the file that it offers."""
    schema = recipes.schema()
    definitions = schema["$defs"]
    rows = [
        (f"[`{op}`](../operators/{op}.md)" if op in catalogue.BUILT_IN else f"`{op}`", words(_first_line(definition)))
        for op, definition in definitions.items()
    ]
    yield Page("schema/index.md", joined([_TEXT, table(("definition", "what it is"), rows)]))
    yield Page("schema/recipe.schema.json", json.dumps(schema, indent=1) + "\n")


def _first_line(definition: dict[str, object]) -> str:
    description = str(definition.get("description", "Any of the operators, or an extension"))
    return " ".join(description.split("\n\n")[0].split())
