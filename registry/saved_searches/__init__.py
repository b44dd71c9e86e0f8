"""Saved filters of the list of structures, private or shared with the organisation, with notices of new matches.

Only the filter is stored. Its results are always what the current reader may see.
"""
