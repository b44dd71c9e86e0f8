"""Villages: thôn, bản, khu phố as a dated layer with successors and coverage, kept by the communes."""
