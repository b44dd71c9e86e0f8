"""A mast that carries transmitting and receiving antennas (not home television)."""
