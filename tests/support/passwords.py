"""Passwords of the tests are hashed by the same algorithm with the least work: a sign-in is not what they measure."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from registry.accounts.service import passwords

#: What the product hashes with.
OF_THE_PRODUCT = passwords._HASHER
#: What the product checks where there is no account.
NOBODYS = passwords.OF_NOBODY


def hash_with_little_work():
    """Put a cheap argon2id in the product's place."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    passwords._HASHER, passwords.OF_NOBODY = cheap, cheap.hash("nobody's")
