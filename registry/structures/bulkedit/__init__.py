"""One field of many structures changed at once: chosen, looked at before, made in one change, undone as one."""
