"""Administrative units over time: who followed whom, which unit covers a point on a day."""
