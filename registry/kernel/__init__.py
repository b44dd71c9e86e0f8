"""What every feature stands on; no word of the domain in here."""
