"""The message after a save has the button that takes it back, for each kind of record alike."""

import html
import re

from tests.support.saves_of_records import SAVES_OF_RECORDS as SAVES


def test_the_button_takes_a_village_back_once_and_says_so(client_of, ctx_of):
    SAVES["village village.edit"](ctx_of)
    client = client_of("ubnd.xa")
    listed = client.get("/villages").text
    address = re.search(r"/villages/\d+", listed).group(0)
    form = client.get(f"{address}/edit").text
    hidden = dict(re.findall(r'<input[^>]*name="(csrf_token|version)"[^>]*value="([^"]*)"', form))
    hidden |= {name: value for value, name in re.findall(r'<input[^>]*value="([^"]*)"[^>]*name="(version)"', form)}
    typed = hidden | {"households": "77", "mobile_on": "", "ftth_on": ""}
    shown = client.post(f"{address}/edit", data=typed, follow_redirects=True).text
    assert "77" in shown
    undo = html.unescape(re.search(r'class="message-undo" action="([^"]+)"', shown).group(1))
    taken_back = client.post(undo, data={"csrf_token": hidden["csrf_token"]}, follow_redirects=True)
    assert "Đã hoàn tác" in taken_back.text
    assert "message-undo" not in taken_back.text
    again = client.post(undo, data={"csrf_token": hidden["csrf_token"]})
    assert again.status_code == 409
    assert "không hoàn tác được" in again.text
