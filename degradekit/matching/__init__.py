"""Fits a recipe to real low-quality photos, and says which of its parameters can be seen in them at all."""
