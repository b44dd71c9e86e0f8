"""Areas that the plan puts first (economic and industrial zones, schools, hospitals, ...), with borders and days."""
