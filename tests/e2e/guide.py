"""The steps of docs/main-job.md with what each quotes: tests press and read what the page tells its readers to."""

import re
from functools import cache

from config.settings import CHECKOUT

FILE = CHECKOUT / "docs" / "main-job.md"
_PART = re.compile(r"^## (\d+)\. .*$|^(\d+)\. |^## ", re.MULTILINE)
_QUOTED = re.compile(r'"([^"]+)"|`([^`]+)`')


@cache
def steps():
    """ "section.step" -> the texts that it quotes, in their order; step 0 is what stands before the first one."""
    texts_of, section, number, start = {}, None, 0, 0
    text = FILE.read_text(encoding="utf-8")

    def close(end):
        if section is not None:
            # In code stand values, with a space in them, and names of accounts.
            texts = [label or value for label, value in _QUOTED.findall(text[start:end]) if label or " " in value]
            texts_of[f"{section}.{number}"] = [" ".join(each.split()).removesuffix("…").strip() for each in texts]

    for part in _PART.finditer(text):
        close(part.start())
        if part[1] or part[0].startswith("##"):
            section, number = part[1], 0
        else:
            number = int(part[2])
        start = part.end()
    close(len(text))
    return {step: texts for step, texts in texts_of.items() if texts}


def quoted(step):
    """The quoted texts of a step; who unpacks them sees that another was added."""
    return steps()[step]
