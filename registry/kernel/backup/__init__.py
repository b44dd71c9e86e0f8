"""Backup of the private cluster: base backups, archived WAL, files by hash; restore to a point in time; drill."""
