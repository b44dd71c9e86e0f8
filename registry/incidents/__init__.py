"""Incidents: anyone reports one, an authority assigns it to a responsible organisation, and its clock runs."""
