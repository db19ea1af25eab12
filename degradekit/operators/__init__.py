"""Operators, one file for each family: its steps, and the distributions over them."""
