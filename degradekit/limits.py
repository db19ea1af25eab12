"""How much work a file may ask for: the limits of pictures, records, recipes, weights and text, in one module.

Files of strangers are refused beyond these limits before the work begins. Nothing that people train with comes near
them; where a person may want more, a function has a parameter and a command an option.
"""

MAX_PIXELS = 2**27
"""Pixels of a picture, about 134 million; `max_pixels` and `--max-pixels` change it."""
