"""Which hidden figures of a published table a reader can compute, however large the table."""

from registry.dashboard.suppression import TOTAL


def computable(table, hidden):
    """The hidden places (row, column or TOTAL) whose figure follows from the published ones and the columns' totals.

    The figures are flows from columns through rows to their totals. A figure follows exactly when no unit of flow can
    be sent round a circle of hidden figures through it, in either direction, without one falling below zero
    (Ahuja, Magnanti, Orlin: Network Flows, section 9.2: integral circulations differ by such circles).
    """
    found = set()
    for place in hidden:
        arcs = {}
        for row, column in hidden - {place}:
            value = sum(table[row]) if column == TOTAL else table[row][column]
            tail, head = ends(row, column)
            arcs.setdefault(tail, set()).add(head)
            if value:
                arcs.setdefault(head, set()).add(tail)
        tail, head = ends(*place)
        value = sum(table[place[0]]) if place[1] == TOTAL else table[place[0]][place[1]]
        can_grow, can_shrink = reaches(arcs, head, tail), bool(value) and reaches(arcs, tail, head)
        if not can_grow and not can_shrink:
            found.add(place)
    return found


def ends(row, column):
    """From where to where one more of a figure flows."""
    return (("row", row), ("column", TOTAL)) if column == TOTAL else (("column", column), ("row", row))


def reaches(arcs, start, goal):
    """Whether there is a way along the arcs."""
    seen, waiting = {start}, [start]
    while waiting:
        for node in arcs.get(waiting.pop(), ()):
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return goal in seen
