"""What all HTML forms share."""
