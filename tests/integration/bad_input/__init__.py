"""Kinds of bad input, each with the rows that carry it and, by hand, what becomes of them."""
