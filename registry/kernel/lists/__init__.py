"""Lists that are declared once: columns and filters of the page, of its files and of its addresses."""
