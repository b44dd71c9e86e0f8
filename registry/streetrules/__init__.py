"""Rules of streets: their drafts, announcement and end, their list, pages and map."""
