"""Labels on structures: sheets with QR codes, and the public card that a printed code opens."""
