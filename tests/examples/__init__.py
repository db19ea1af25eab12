"""The operators that all generic tests run over, a file for each family; a new operator is one line in its family.

A family has LEAVES, operators that draw steps of their own, by what they are an example of; GOLDENS, by the same names,
of those whose arithmetic is degradekit's own, which tests/core/test_goldens.py explains; and, where there are any,
KEEP_OVERSHOOT, the names in recipes of operators that do not clip, and NOT_RANDOM, examples that always draw the same.
"""

from examples import basic, blur, camera, codecs, color, composed, noise, printed, resizing

FAMILIES = (basic, blur, resizing, printed, codecs, camera, noise, color)

LEAVES = {name: operator for family in FAMILIES for name, operator in family.LEAVES.items()}
COMPOSITES = composed.COMPOSITES
ALL = LEAVES | COMPOSITES
GOLDENS = {name: golden for family in (*FAMILIES, composed) for name, golden in family.GOLDENS.items()}
KEEP_OVERSHOOT = {op for family in FAMILIES for op in getattr(family, "KEEP_OVERSHOOT", ())}
NOT_RANDOM = {name for family in (*FAMILIES, composed) for name in getattr(family, "NOT_RANDOM", ())}
