"""An upload over a bare connection, so that it can be broken off at any byte."""

import http.client
import re
import socket
from urllib.parse import urlencode, urlsplit

from tests.support.processes import LIMIT_S

BOUNDARY = "----registry-upload"


class Sender:
    """Somebody signed in who sends files to the page of imports."""

    def __init__(self, address, member):
        self.host = urlsplit(address).netloc
        self.cookies = {}
        token = token_in(self.ask("GET", "/login")[1])
        form = {"csrf_token": token, "username": member.username, "password": member.password}
        status, _page = self.ask("POST", "/login", urlencode(form).encode(), "application/x-www-form-urlencoded")
        assert status in (302, 303), (status, _page[-3000:])
        page = self.ask("GET", "/imports")[1]
        self.token = token_in(page)
        self.owner = re.search(r'<select[^>]*name="owner".*?<option[^>]*value="(\d+)"', page, re.DOTALL).group(1)

    def ask(self, method, path, body=None, media_type=None):
        """Status and text of an answer; cookies are kept."""
        connection = http.client.HTTPConnection(self.host, timeout=LIMIT_S)
        headers = {"Cookie": self.cookie()} | ({"Content-Type": media_type} if media_type else {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        return answer.status, text

    def cookie(self):
        return "; ".join(f"{key}={value}" for key, value in self.cookies.items())

    def request(self, content):
        """The bytes of an upload."""
        fields = {"csrf_token": self.token, "owner": self.owner, "kind": "antenna_tower"}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = "".join(parts).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        head = (
            f"POST /imports HTTP/1.1\r\nHost: {self.host}\r\nCookie: {self.cookie()}\r\nConnection: close\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def send(self, content, share=1.0, between=lambda: None):
        """Send so much of an upload, do `between`; True where it was acknowledged."""
        whole = self.request(content)
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port)), timeout=LIMIT_S) as connection:
            try:
                connection.sendall(whole[: int(len(whole) * share)])
                between()
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(100)
            except OSError:
                return False
        return answer.startswith((b"HTTP/1.1 303", b"HTTP/1.0 303"))


def token_in(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)


def is_answered(sender):
    """Whether the page of imports comes."""
    try:
        return sender.ask("GET", "/imports")[0] == 200
    except OSError:
        return False
