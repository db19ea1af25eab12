"""Operators: one file per family, and the catalogue that knows them by name."""
