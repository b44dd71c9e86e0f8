"""The basket: the actor's drafts to all owners on one page, filled in and sent together."""
