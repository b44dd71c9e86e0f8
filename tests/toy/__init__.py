"""A feature that only the tests mount: it uses the extension points of docs/adding.md."""
