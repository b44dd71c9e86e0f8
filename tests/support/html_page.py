"""What is wrong with a page as HTML: nesting, ids, labels, headings, tables, links, words that are no words."""

import html
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import RequestRedirect

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
#: A paragraph ends where one of these begins.
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figure", "footer"}
    | {"form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "ul"}
)
PARENTS = {
    "li": ("ul", "ol", "menu"),
    "dt": ("dl", "div"),
    "dd": ("dl", "div"),
    "option": ("select", "optgroup", "datalist"),
    "optgroup": ("select",),
    "tr": ("thead", "tbody", "tfoot", "table"),
    "td": ("tr",),
    "th": ("tr",),
    "thead": ("table",),
    "tbody": ("table",),
    "caption": ("table",),
    "legend": ("fieldset",),
    "summary": ("details",),
    "figcaption": ("figure",),
}
#: These stand in none of the same kind, and the last ones in no button and no link either.
NEVER_IN_ITSELF = ("form", "a", "button", "label")
INTERACTIVE = ("a", "button", "input", "select", "textarea")
UNLABELLED = frozenset(("hidden", "submit", "button", "reset", "image"))
SPOKEN = ("alt", "title", "aria-label", "placeholder", "value", "content")
#: Texts of links that say nothing of where they lead.
NO_PLACES = frozenset(
    {"xem", "xem thêm", "tại đây", "ở đây", "đây", "mở", "chi tiết", "xem chi tiết", "tải", "tải về", "thêm"}
    | {"view", "see", "more", "here", "open", "details", "download", "add"}
)
LETTER = re.compile(r"[^\W\d_]")
#: What a template prints of a value that is missing, or leaves of one that was not filled in.
NO_WORDS = re.compile(r"\b(None|undefined|NaN|Undefined)\b|%\(\w+\)|\{\{|\{%|&lt;lazy|<function |object at 0x")


class Page(HTMLParser):
    """Reads one page; `problems` are sentences, each once."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.problems = []
        self.stack = []
        self.ids, self.references, self.labelled = set(), set(), set()
        self.controls, self.links, self.forms = [], [], []
        self.headings = self.titles = 0
        self.tables = []
        self.lang = None
        # Nearly no page says any: its parts are looked at where the whole does.
        self._says_no_word = bool(NO_WORDS.search(text) or NO_WORDS.search(html.unescape(text)))
        self._link, self._link_text = None, []
        self.feed(text)
        self.close()
        self._finish(text)

    def say(self, problem):
        """Note a problem once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def handle_starttag(self, tag, attrs):
        """Look at the element where it stands."""
        attributes = dict(attrs)
        if len(attributes) != len(attrs):
            self.say(f"<{tag}> has an attribute twice")
        self._nesting(tag, attributes)
        self._attributes(tag, attributes)
        if self._link is not None:
            self._link_text += [attributes.get("alt") or "", attributes.get("aria-label") or ""]
        if tag == "a" and "href" in attributes:
            self._link, self._link_text = attributes, []
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        """As drawings have it: <use/>."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        """Each end belongs to what began last."""
        if tag in VOID or tag not in self.stack:
            self.say(f"</{tag}> ends nothing")
            return
        if tag == "a" and self._link is not None:
            self._says_where()
        while (last := self.stack.pop()) != tag:
            self.say(f"<{last}> is not ended before </{tag}>")

    def handle_data(self, data):
        """Words are words."""
        if self.stack and self.stack[-1] in ("script", "style"):
            return
        if self._link is not None:
            self._link_text.append(data)
        if self._says_no_word:
            self._words(data)

    def _says_where(self):
        """A link says in words what it opens, also to who hears the links of a page alone."""
        name = self._link.get("aria-label") or " ".join("".join(self._link_text).split())
        if "aria-labelledby" not in self._link and (not LETTER.search(name) or name.lower() in NO_PLACES):
            self.say(f"link to {self._link['href']!r} says only {name!r}")
        self._link = None

    def _words(self, text):
        if match := NO_WORDS.search(text):
            start = max(0, match.start() - 30)
            self.say(f"says {text[start : match.end() + 30].strip()!r}")

    def _nesting(self, tag, attributes):
        parent = self.stack[-1] if self.stack else None
        if tag in PARENTS and parent not in PARENTS[tag] and "template" not in self.stack:
            self.say(f"<{tag}> stands in <{parent}>")
        if tag in NEVER_IN_ITSELF and tag in self.stack:
            self.say(f"<{tag}> stands in <{tag}>")
        if (
            tag in INTERACTIVE
            and attributes.get("type") != "hidden"
            and any(each in self.stack for each in ("a", "button"))
        ):
            self.say(f"<{tag}> stands in a link or button")
        if tag in BLOCKS and "p" in self.stack:
            self.say(f"<{tag}> stands in <p>")

    def _attributes(self, tag, attributes):
        if "id" in attributes:
            if attributes["id"] in self.ids:
                self.say(f"id {attributes['id']!r} is there twice")
            self.ids.add(attributes["id"])
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list"):
            self.references |= {(name, each) for each in (attributes.get(name) or "").split()}
        for name in SPOKEN if self._says_no_word else ():
            self._words(attributes.get(name) or "")
        look = getattr(self, f"_{tag}", None)
        if look:
            look(attributes)
        if tag in ("input", "select", "textarea") and attributes.get("type") not in UNLABELLED:
            self.controls.append((attributes, "label" in self.stack))
        if tag in ("link", "script", "img", "use") and (where := attributes.get("href") or attributes.get("src")):
            self.links.append((where, "GET"))

    def _html(self, attributes):
        self.lang = attributes.get("lang")

    def _h1(self, _given):
        self.headings += 1

    def _title(self, _given):
        self.titles += "svg" not in self.stack

    def _img(self, attributes):
        if "alt" not in attributes:
            self.say(f"<img src={attributes.get('src')!r}> has no alt")

    def _a(self, attributes):
        if "href" in attributes:
            self.links.append((attributes["href"], "GET"))

    def _form(self, attributes):
        method = (attributes.get("method") or "get").upper()
        # A form of a dialog closes it and asks no route.
        if method != "DIALOG":
            self.links.append((attributes.get("action") or "", method))

    def _button(self, attributes):
        if attributes.get("formaction"):
            # Without a method of its own it takes that of its form, which may stand elsewhere.
            self.links.append((attributes["formaction"], (attributes.get("formmethod") or "").upper()))

    def _label(self, attributes):
        if "for" in attributes:
            self.labelled.add(attributes["for"])

    def _table(self, _given):
        self.tables.append(0)

    def _th(self, _given):
        if self.tables:
            self.tables[-1] += 1

    def _finish(self, text):
        for tag in self.stack:
            self.say(f"<{tag}> is never ended")
        if not text.lstrip().lower().startswith("<!doctype html>"):
            self.say("has no <!doctype html>")
        if self.lang not in ("vi", "en"):
            self.say(f"has the language {self.lang!r}")
        if self.headings != 1:
            self.say(f"has {self.headings} <h1>")
        if self.titles != 1:
            self.say(f"has {self.titles} <title>")
        if 0 in self.tables:
            self.say("has a table without headers")
        for name, value in sorted(self.references):
            if value not in self.ids:
                self.say(f"{name}={value!r} names no id of the page")
        self._fields()

    def _fields(self):
        for attributes, is_wrapped in self.controls:
            named = (
                is_wrapped
                or attributes.get("id") in self.labelled
                or attributes.get("aria-label")
                or attributes.get("title")
            )
            if not named and not attributes.get("aria-labelledby"):
                self.say(f"the field {attributes.get('name')!r} has no label")


def broken_links(page, routes, here):
    """Addresses of a page that no route answers, and places on itself that are not there; `routes` is a MapAdapter."""
    for where, method in page.links:
        parts = urlsplit(where)
        if parts.scheme or parts.netloc:
            continue
        if not parts.path and not parts.query and parts.fragment:
            # A place on the page itself: nothing is asked for.
            if parts.fragment not in page.ids:
                yield f"links to #{parts.fragment}, which is not there"
            continue
        try:
            _match(routes, parts.path or here, method)
        except RequestRedirect:
            continue
        except HTTPException as error:
            yield f"{method} {parts.path} is answered by no route ({error.code})"


def _match(routes, path, method):
    """Raise what the routes say of an address; without a method any will do."""
    if method:
        routes.match(path, method=method)
    elif not routes.allowed_methods(path):
        raise NotFound
