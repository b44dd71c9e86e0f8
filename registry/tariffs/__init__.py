"""Published rents: prices by kind, unit, place and day, comparable figures, notices to tenants."""
