"""The types that declare a workflow; engine.py runs it, docs/workflows.md documents it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.days import DaySpan
from registry.kernel.db.base import Choice
from registry.kernel.errors import Conflict
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.fields import Field
from registry.notices.events import Party, Recipients

#: The values of a move's form by the names of its needs.
Data: TypeAlias = Mapping[str, Any]
#: Raises Invalid or MoveRefused if the move is not permitted; reads only.
Guard: TypeAlias = Callable[[Ctx, Any, Data], None]
#: Why a move cannot be made now although its state allows it, or None; reads only.
Obstacle: TypeAlias = Callable[[Ctx, Any], str | None]
#: Further changes of the move, in its transaction.
Effect: TypeAlias = Callable[[Ctx, Any, Data], None]
#: Longest of the longer texts, in characters.
MOST_TEXT: Final = 4000


@dataclass(frozen=True)
class FilesNeed:
    """Files that are sent with a move and stored with the case."""

    name: str
    label: Any
    required: bool = False
    #: As `Field.needed_when`.
    needed_when: Any = ""
    hint: Any = ""
    #: Refuse a file that the case has already, such as a photo from before as proof of what came after.
    must_be_new: bool = False


@dataclass(frozen=True)
class ItemsNeed:
    """Parts of the case that a move is about: `options` returns (id, label) of the selectable ones.

    All are preselected unless `is_preset` is False. `names` returns the short names of all parts, for the timeline.
    """

    name: str
    label: Any
    options: Callable[[Ctx, Any], Sequence[tuple[int, str]]]
    required: bool = True
    #: As `Field.needed_when`.
    needed_when: Any = ""
    hint: Any = ""
    names: Callable[[Ctx, Any], Mapping[int, str]] | None = None
    is_preset: bool = True
    #: Notices of the move name the chosen parts: all that get them may know these names.
    in_notices: bool = False
    #: Exactly one part is chosen; the value is a list all the same.
    is_single: bool = False
    #: The guard says what is wrong with a part that is not offered (any more).
    is_guarded: bool = False
    #: Endpoint of the picture of a part, and its argument that takes the id; () where parts have none.
    picture: tuple[str, str] | tuple[()] = ()


Need: TypeAlias = Field | FilesNeed | ItemsNeed
#: A field with its value before and after a move.
Change: TypeAlias = tuple[Field, Any, Any]


@dataclass(frozen=True)
class Branch:
    """A target that is chosen after the effect of the move, among `states`."""

    states: tuple[Choice, ...]
    choose: Callable[[Ctx, Any], Choice]


def same_state(ctx: Ctx, case: Any) -> Choice:
    """The case stays where it is."""
    del ctx
    state: Choice = case.state
    return state


@dataclass(frozen=True)
class Move:
    """One step from some states to another one, or back to the same.

    `label` is the text of its button, `done` that of the timeline and of notices. Only the deadline job makes moves
    with the permission P.CLOCK. `notifies` names the parties that get a notice; those that the new state waits for get
    one in any case.
    """

    name: str
    label: Any
    done: Any
    sources: tuple[Choice, ...]
    target: Choice | Branch
    permission: P
    needs: tuple[Need, ...] = ()
    #: Needs of which the guard asks for at least one; the form marks none of them as optional.
    one_of: tuple[str, ...] = ()
    guard: Guard | None = None
    #: A move with an obstacle is not offered, and refused with its sentence.
    obstacle: Obstacle | None = None
    effect: Effect | None = None
    notifies: tuple[str, ...] = ()
    #: The parties that must answer it although the state of the case does not say so.
    acts: tuple[str, ...] = ()
    #: Style of the button: primary, secondary or danger.
    tone: str = "secondary"
    #: The present values of what the move changes, as labels and values, shown above its form.
    current_values: Callable[[Ctx, Any], Sequence[tuple[str, str]]] | None = None
    #: What is known already, by the names of the needs: the form starts with it.
    presets: Callable[[Ctx, Any], Mapping[str, Any]] | None = None
    #: Hints that depend on the case, by the names of the needs.
    hints: Callable[[Ctx, Any], Mapping[str, str]] | None = None
    #: Fields that depend on the case: they replace those of `needs` with the same name, or follow them.
    case_needs: Callable[[Ctx, Any], Sequence[Field]] | None = None
    #: The names of needs that do not apply to a case.
    leaves_out: Callable[[Ctx, Any], Collection[str]] | None = None
    #: What the move changes, before its effect: field, value before, value after. The timeline shows both.
    changes: Callable[[Ctx, Any, Data], Sequence[Change]] | None = None
    #: The move approves what `Workflow.decision_digest` covers: a form without the digest is refused as well.
    reads_content: bool = False
    #: The move assigns the public number, unless the case has one.
    gives_number: bool = False
    #: Reads at once what needs, guard, effect and notices of each of many cases read (`fire_many`), for its block.
    reads: Callable[[Ctx, Sequence[Any]], AbstractContextManager[None]] | None = None

    @property
    def targets(self) -> tuple[Choice, ...]:
        """The possible target states."""
        return self.target.states if isinstance(self.target, Branch) else (self.target,)

    def needs_of(self, ctx: Ctx, case: Any) -> tuple[Need, ...]:
        """Its needs for a case."""
        of_case = {need.name: need for need in self.case_needs(ctx, case)} if self.case_needs is not None else {}
        left_out = frozenset(self.leaves_out(ctx, case)) if self.leaves_out is not None else frozenset()
        needs = (*(of_case.pop(need.name, need) for need in self.needs), *of_case.values())
        return tuple(need for need in needs if need.name not in left_out)

    @property
    def asks_little(self) -> bool:
        """Whether nothing has to be filled in: it is asked in place, where the browser can."""
        return not self.one_of and self.case_needs is None and not any(need.required for need in self.needs)

    @property
    def by_clock(self) -> bool:
        """Whether only the deadline job makes it."""
        return self.permission is P.CLOCK


@dataclass(frozen=True)
class Deadline:
    """What runs in a state: the key of a term of law, the move when it is over, and a text of the consequence.

    A `stated` end needs no term (""): the case has the day, such as one that was promised or postponed to. It reminds
    by `reminders`, and its state may be among `Workflow.pauses`: then the term of law that ran before is paused.

    A clock with the same `clock` name continues from state to state, also through a pause and with another term. It
    runs from entering the state, or from `start`, a fact of the case such as the day of an act. `on_due_change` carries
    a new due date, after a change of calendar or law, to other dates of the case. `term_of` names the key of the term
    where it depends on the case, among those of `Workflow.terms`.
    """

    clock: str
    term: str
    overdue: str
    consequence: Any
    start: Callable[[Any], datetime] | None = None
    on_due_change: Callable[[Ctx, Any], None] | None = None
    #: The label of the term, if the page shows another due date as well.
    label: Any = ""
    term_of: Callable[[Ctx, Any], str] | None = None
    #: The end that the case states itself, the first moment that is late.
    stated: Callable[[Any], datetime] | None = None
    #: Working days before a stated end on which the assignee is reminded; 0 is the last day.
    reminders: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """ValueError for a deadline that has both a term and a stated end, or neither."""
        if bool(self.term) is (self.stated is not None):
            message = f"{self.clock}: a term of law or a stated end"
            raise ValueError(message)

    def term_for(self, ctx: Ctx, case: Any) -> str:
        """The key of the term of a case."""
        return self.term_of(ctx, case) if self.term_of is not None else self.term


@dataclass(frozen=True)
class Assignee:
    """Who must act in a state: the party to remind, and the permission that puts the case on a worklist.

    `roles` and `mine` exclude others who could act but whose task it is not; `where` excludes cases without anything to
    do yet.
    """

    party: str
    permission: P
    roles: frozenset[Role] = frozenset()
    #: What is to be done; by default the labels of the primary moves.
    act: Any = ""
    #: SQL condition for cases in which there is something to do.
    where: Callable[[Ctx, Any], ColumnElement[bool]] | None = None
    #: SQL condition for cases in which it is the actor's task, where the permission covers those of others too.
    mine: Callable[[Ctx, Any], ColumnElement[bool]] | None = None
    #: Whether the term of the state binds it; an answer to a proposal may come at any time.
    in_term: bool = True


@dataclass(frozen=True)
class Crowd:
    """A subject with many cases: what the clock does to them is announced once, as a notice of the subject."""

    kind: str
    id: int
    params: Mapping[str, Any]


def _without_crowd(_ctx: Ctx, _case: Any) -> Crowd | None:
    return None


@dataclass(frozen=True, eq=False)
class Workflow:
    """One kind of case. `states` are in their usual order; `main_path` are those shown as steps."""

    code: str
    #: All its cases, as their list is headed.
    label: Any
    #: Prefix of its numbers.
    prefix: str
    model: Any
    states: type[Choice]
    start: Choice
    moves: tuple[Move, ...]
    read: P
    #: Endpoint of a case's page (argument `case_id`) and of their list.
    page: str
    index: str
    parties: Mapping[str, Party]
    #: The sides of `model.SIDES` on whose organisation an office decides: no office acts on a case of its own.
    judged: tuple[str, ...]
    assignees: Mapping[Choice, Assignee] = field(default_factory=dict)
    #: A second assignee of a state.
    other_assignees: Mapping[Choice, Assignee] = field(default_factory=dict)
    deadlines: Mapping[Choice, Deadline] = field(default_factory=dict)
    #: The due date that a case states itself and only shows; one that reminds and has an end is a `Deadline.stated`.
    stated_due_at: Callable[[Any], datetime | None] | None = None
    #: States that pause the clock, with the reason.
    pauses: Mapping[Choice, Any] = field(default_factory=dict)
    main_path: tuple[Choice, ...] = ()
    #: The permission to read its files; None: that of the case.
    files_permission: P | None = None
    #: Digest of the facts outside of the case that decisions depend on; checked by every move on parts of the case, and
    #: by those with `reads_content`.
    decision_digest: Callable[[Ctx, Any], str] | None = None
    #: The conflict of a form that carries another digest, which is given: what it showed, and what holds now.
    digest_conflict: Callable[[Ctx, Any, str], Conflict] | None = None
    #: Labels of terms that moves read and no state runs.
    terms: Mapping[str, Any] = field(default_factory=dict)
    #: Moves that a service of the feature makes as the system; no term leads to them.
    system_moves: frozenset[str] = frozenset()
    #: What is asked about files just sent for a case, by their ids, before they are kept.
    file_questions: Callable[[Ctx, Any, Collection[int]], Sequence[str]] | None = None
    #: Freezes the papers that a case has issued by now (registry.documents.issued), after each move.
    papers: Callable[[Ctx, Any], None] | None = None
    #: Notifies others than its parties of a new state, under a subject of their own.
    announce: Callable[[Ctx, Any], None] | None = None
    #: Whether its parties exchange messages.
    has_messages: bool = False
    #: The moves that close a case: all that users of an ended organisation can still make.
    closing: frozenset[str] = frozenset()
    #: The parties that are notified when a case is opened with its number.
    opening: tuple[str, ...] = ()
    #: Further events with notices; their labels are `event_labels`.
    events: Mapping[str, Recipients] = field(default_factory=dict)
    #: The crowd that a case belongs to.
    crowd: Callable[[Ctx, Any], Crowd | None] = _without_crowd
    #: Labels of further events, for notices, timeline and the change log.
    event_labels: dict[str, Any] = field(default_factory=dict)
    #: Labels of what such events say besides their reason.
    event_facts: dict[str, Any] = field(default_factory=dict)
    #: The states of cases in more words than their labels, by case id, where a part of a case ended otherwise.
    state_texts: Callable[[Ctx, Sequence[Any]], Mapping[int, str]] | None = None
    #: State -> tone of its badge.
    tones: Mapping[Choice, str] = field(default_factory=dict)
    #: Label of one case, where it differs from that of all.
    one: Any = ""
    #: SQL of the folded text that lists and the site search look into, where it is more than number and title.
    search_text: Callable[[], ColumnElement[str]] | None = None
    #: Endpoint and arguments of the page that a move leads its maker to, where it is not that of the case: such as the
    #: next case of a queue.
    next_page: Callable[[Ctx, Any, Move], tuple[str, Mapping[str, Any]] | None] = lambda _ctx, _case, _move: None
    #: SQL conditions, each with its index, for cases with a part of a typed number that the actor may read.
    part_numbered: Callable[[Ctx, str], Sequence[ColumnElement[bool]]] = lambda _ctx, _text: ()

    @property
    def searched(self) -> ColumnElement[str]:
        """SQL: the folded text that a search looks into."""
        text: ColumnElement[str] = self.search_text() if self.search_text is not None else self.model.search_text()
        return text

    @property
    def case_label(self) -> Any:
        return self.one or self.label

    def texts_of_states(self, ctx: Ctx, cases: Sequence[Any]) -> dict[int, str]:
        """The state of each case in words, by case id."""
        more = self.state_texts(ctx, cases) if self.state_texts is not None else {}
        return {case.id: more.get(case.id) or str(case.state.label) for case in cases}

    def assignees_in(self, state: Choice) -> tuple[Assignee, ...]:
        """The assignees of a state, the one to remind first."""
        assignees = (self.assignees.get(state), self.other_assignees.get(state))
        return tuple(assignee for assignee in assignees if assignee is not None)

    def move(self, name: str) -> Move | None:
        return next((move for move in self.moves if move.name == name), None)

    def moves_from(self, state: Choice) -> tuple[Move, ...]:
        return tuple(move for move in self.moves if state in move.sources)

    @property
    def final_states(self) -> tuple[Choice, ...]:
        """States that no move leaves."""
        return tuple(state for state in self.states if not self.moves_from(state))

    @property
    def open_states(self) -> tuple[Choice, ...]:
        """States in which somebody must act. A case that has ended but can be opened again is in none of them."""
        return tuple(state for state in self.states if self.assignees_in(state))


WORKFLOWS = KeyedExtensionPoint[Workflow]("workflows", key=lambda workflow: workflow.code)


def text_need(name: str, label: Any, *, required: bool = True, needed_when: Any = "", hint: Any = "") -> Field:
    needed = required and not needed_when
    return Field(name, label, max_length=MOST_TEXT, required=needed, needed_when=needed_when, multiline=True, hint=hint)


def day_need(name: str, label: Any, span: DaySpan) -> Field:
    return Field(name, label, required=True, python_type=date, span=span)
