"""Notices: written in the transaction of their event, shown in the inbox, mailed after the commit."""
