"""Read a file by its content, behind walls: `client.open_file` gives what it is and its rows as text."""
