"""Compiled twins of the hot loops, for the extra [fast]: equal to the numpy path, chosen by ``choice``."""
