"""Statistics of single photos that degradations leave their traces in."""
