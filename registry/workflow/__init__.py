"""Cases that move through declared states by one engine, on the clocks of dated terms and a calendar that is data."""
