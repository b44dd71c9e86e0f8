"""The forms of ticked rows, on a page of their own."""

from config.settings import CHECKOUT

PAGE = """
<form id="selection-asked"><button data-selection>A<span data-selected hidden></span></button></form>
<form id="selection-own"><button data-selection>B<span data-selected hidden></span></button></form>
<input type="checkbox" form="selection-own" name="code" value="THA-CAT-000001" checked>
"""
SENT = """() => { %s
  countSelections(document);
  return ["selection-asked", "selection-own"].map((id) => new FormData(document.getElementById(id)).getAll("code"));
}"""


def test_a_form_without_rows_of_its_own_sends_the_ticked_ones_so_that_the_server_names_them(chromium):
    script = (CHECKOUT / "registry/static/js/selection.mjs").read_text().replace("export function", "function")
    page = chromium(False).new_page()
    page.set_content(PAGE)
    assert page.evaluate(SENT.replace("%s", script)) == [["THA-CAT-000001"], ["THA-CAT-000001"]]
    page.close()
