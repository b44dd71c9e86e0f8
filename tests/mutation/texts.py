"""Changes of a text, each of which must find what it changes."""


def replaced(text: str, changed: tuple[tuple[str, str], ...]) -> str:
    """A text with each change made; LookupError where there is nothing to change."""
    for before, after in changed:
        if before not in text:
            raise LookupError(f"not in the text: {before}")
        text = text.replace(before, after, 1)
    return text
