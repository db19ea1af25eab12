"""Damage to the lines of YAML, as a slip of the hand makes it, and as somebody does who means harm."""

import random
import re

_NESTED = ["[" * 3000, "{a: " * 3000, "- " * 3000, "[" * 500 + "]" * 500, f"{'{op: maybe, child: ' * 300}{'}' * 300}"]
_ALIASES = [f"&a{level} [{', '.join([f'*a{level - 1}'] * 8)}]" for level in range(1, 12)]
_BOMB = f"[&a0 [x, x, x, x, x, x, x, x], {', '.join(_ALIASES)}]"
"""Eight to the twelfth values."""
_VALUES = [
    *("0", "-1", "-0.0", "1", "1e-320", "1e308", "1e999", "-1e999", ".nan", ".inf", "-.inf", "9" * 30, "9" * 5000),
    *("null", "true", "'text'", "''", "[]", "{}", "[1, 2, 3]", "{op: jpeg}", "{op: nothing}", "{op: {op: op}}"),
    *("2020-01-01", "2020-99-99", "0x_", "._", "1:1:1", "!!int ''", "!!float x", "!!bool 7", "!!timestamp x"),
    *("!!set {a}", "!!binary '='", "!!python/object:os.system x", "&a [*a]", "*nowhere", '"\\ud800"', '"\\n"'),
    *("\x07", "=", "<<", "@", "!!str {}", "!!map []", "? [a]", "!!omap [a: 1]", "!!pairs [a]", "x" * 10_000),
    *_NESTED,
    *(_BOMB, "{<<: {<<: {a: 1}}}", "{<<: [{a: 1}, {a: 1}]}"),
]


def damaged_text(text: str, draw: random.Random) -> str:
    """Return YAML text with one to three changes in its lines."""
    lines = text.splitlines()
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kind, at = draw.randrange(12), draw.randrange(len(lines) or 1)
        line = lines[at] if lines else ""
        numbers = list(re.finditer(r"-?\d+(\.\d+)?", line))
        if kind in (0, 1, 8, 9, 10, 11) and numbers:
            number = draw.choice(numbers)
            near = f"{float(number[0]) * draw.uniform(0.5, 1.5):.{2 if number[1] else 0}f}"
            value = draw.choice(_VALUES) if kind <= 1 else near
            lines[at : at + 1] = [line[: number.start()] + value + line[number.end() :]]
        elif kind == 2 and ":" in line:
            lines[at : at + 1] = [f"{line.partition(':')[0]}: {draw.choice(_VALUES)}"]
        elif kind == 3:
            del lines[at : at + draw.randrange(1, 4)]
        elif kind == 4:
            lines.insert(at, line)
        elif kind == 5:
            lines[at : at + 1] = [" " * draw.randrange(6) + line.lstrip()]
        elif kind == 6 and line:
            column = draw.randrange(len(line))
            odd = chr(draw.choice((0, 9, 10, 34, 58, 123, 0x85, 0x202E, 0xFFFF)))
            lines[at : at + 1] = [line[:column] + odd + line[column + 1 :]]
        else:
            extra = f"{draw.choice(('', '  ', '- '))}extra: {draw.choice(_VALUES)}"
            lines.insert(draw.randrange(len(lines) + 1), extra)
    return "\n".join(lines)
