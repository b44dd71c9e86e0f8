"""Notices: written in the transaction of what they tell of, shown under the bell, sent by mail after the commit."""
