"""Cables: the poles, ducts and trenches that carry one, in order, and the cables over a structure."""
