"""The checks of `degradekit doctor`: functions that yield findings, one file for each kind of subject."""
