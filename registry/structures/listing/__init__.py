"""The list of structures: page, API, saved filters, actions on selected rows."""
