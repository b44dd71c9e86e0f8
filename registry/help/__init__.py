"""Help: a page for each role, made from the tasks that its rights allow, and the terms of the field."""
