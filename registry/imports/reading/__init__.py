"""Read a file by its content in a sandbox: `client.open_file` gives its description and its rows as text."""
