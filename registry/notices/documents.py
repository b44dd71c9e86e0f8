"""docs/notices.md, generated from the declared events."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from registry.kernel.documents import table
from registry.notices.events import NOTICE_EVENTS, NoticeEvent

NAME = "docs/notices.md"
_HEAD = """# Notices

Generated from the events that the features declare (`flask --app app docs write`, compared by `docs check`).

One event writes one notice, which each recipient gets once, whatever roles and organisations it belongs to; its author
does not get it. A notice says in the reader's language what happened, what is to be done by when, and why the reader
gets it. *Acts*: the case waits for them. *Affected*: sides. *Watches*: offices. Where a move may lead to several
states, those act that the state which was reached waits for; the others named here are affected or watch. The
recipients of a storm's cases get one notice an hour of what the clock does to them. Mails follow the choice of each
account (`/account/digests`), by standing and for single kinds: at once, once a day, or none where the reader only
watches.

"""


def notices_document() -> str:
    ordered = sorted(NOTICE_EVENTS.values(), key=lambda event: event.subject)
    parts = [_HEAD]
    for subject, group in groupby(ordered, key=lambda event: event.subject):
        events = list(group)
        parts += [f"## {events[0].subject_label} (`{subject}`)\n\n", _table(events), "\n"]
    return "".join(parts)


def _table(events: Sequence[NoticeEvent]) -> str:
    rows = [
        [
            f"`{event.name}`<br>{event.label}",
            *(
                _names(event, names)
                for names in (event.recipients.act, event.recipients.affected, event.recipients.watch)
            ),
            ", ".join(f"`{term}`" for term in event.by_when),
        ]
        for event in events
    ]
    return table(["Event", "Acts", "Affected", "Watches", "By when"], rows)


def _names(event: NoticeEvent, names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(str(event.parties[name].label) for name in names))
