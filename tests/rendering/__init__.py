"""Rendering for tests: a ModelService in, its children out, as one pass of the operator would have them."""
