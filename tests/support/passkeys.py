"""A passkey in software: what a browser and its authenticator answer to the options of a page (WebAuthn, ES256)."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _HAS_KEY = 0x01, 0x04, 0x40


def encoded(content):
    return urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class SoftwarePasskey:
    """One passkey, made for a host; `count` is how often it has signed."""

    def __init__(self, host="localhost", origin="http://localhost"):
        self.host, self.origin, self.count = host, origin, 0
        self.credential_id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options):
        """The JSON of a new passkey for the options of a page."""
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32) for number in (numbers.x, numbers.y))
        public_key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        credential = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + public_key
        data = self._data(_PRESENT | _VERIFIED | _HAS_KEY) + credential
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": encoded(self._client("webauthn.create", options)),
            "attestationObject": encoded(attested),
        }
        return self._credential(response)

    def sign(self, options):
        """The JSON of a signature for the options of a page."""
        self.count += 1
        data, client = self._data(_PRESENT | _VERIFIED), self._client("webauthn.get", options)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
        }
        return self._credential(response)

    def _data(self, flags):
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind, options):
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response):
        name = encoded(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
