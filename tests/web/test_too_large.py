"""A form or a file that is too large to be read is refused with a sentence, signed in or not."""

from tests.support.offenders import no_offenders

#: Bytes of one body that no route takes, and of one field.
BODY, FIELD = 120 * 1024 * 1024, 3 * 1024 * 1024
KIND = "multipart/form-data; boundary=x"
SENT = {
    "body": {"environ_overrides": {"CONTENT_LENGTH": str(BODY)}},
    "field": {"data": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * FIELD + b"\r\n--x--\r\n"},
}


def test_it_is_a_413_and_no_error_of_the_program(client_of):
    offenders = []
    for username in (None, "viettel"):
        client = client_of(username)
        for path in ("/login", "/imports", "/structures/new/cable_pole"):
            for what, sent in SENT.items():
                headers = {"Origin": "http://localhost"}
                with client.post(path, headers=headers, content_type=KIND, **sent) as got:
                    if got.status_code != 413 or "quá lớn" not in got.text:
                        offenders.append((path, username or "nobody", what, str(got.status_code)))
    no_offenders("what is too large is a 413", offenders, "read no form in the answer to an error")
