"""Administrative units over time: their successors, and which unit covers a point on a day."""
