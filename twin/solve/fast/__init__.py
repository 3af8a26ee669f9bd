"""Compiled twins of hot loops, for the extra [fast]; ``choice`` says when they are used."""
