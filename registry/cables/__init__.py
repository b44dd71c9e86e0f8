"""Cables: which poles, ducts and trenches carry one, in order, and which cables pass over a structure."""
