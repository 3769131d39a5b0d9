"""Credentials: a user and password (Basic), or a token (Bearer). Compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rag.config import Settings
from rag.errors import BadSetting

HASHED = "sha256:"  # before a token of which the settings hold only the hash


def is_loopback(host: str) -> bool:
    """Whether an address or name can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the door; nothing where all are None."""

    user: str | None = None
    password: str | None = None
    token: str | None = None

    @classmethod
    def of(cls, settings: Settings, host: str) -> Keys:
        """Raises `BadSetting` for half a pair, and for a host beyond loopback without any."""
        password = settings.password.get_secret_value() if settings.password else None
        token = settings.token.get_secret_value() if settings.token else None
        if (settings.user is None) != (password is None):
            raise BadSetting("user and password go together", where="settings", do="set both or neither")
        if password is None and token is None and not is_loopback(host):
            raise BadSetting(
                f"{host} can be reached from other machines and nothing guards it",
                where="--host",
                do="set ISNAD_USER and ISNAD_PASSWORD, or ISNAD_TOKEN; or stay on 127.0.0.1",
            )
        return cls(settings.user, password, token)

    @property
    def needed(self) -> bool:
        return self.password is not None or self.token is not None

    def opened_by(self, authorization: str) -> Literal["password", "token"] | None:
        """Which credential an Authorization header carries; None where it carries none that fits."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "basic" and self.password is not None:
            try:
                pair = base64.b64decode(given, validate=True)
            except (binascii.Error, ValueError):
                return None
            return "password" if hmac.compare_digest(pair, f"{self.user}:{self.password}".encode()) else None
        return "token" if scheme.lower() == "bearer" and self.opens(given) else None

    def opens(self, token: str) -> bool:
        """Whether this is the token; its hash, which the settings may hold in its place, is not."""
        return self.token is not None and hmac.compare_digest(_hashed(token), self._hash)

    def fingerprints(self, fingerprint: Callable[[str], bytes]) -> dict[Literal["password", "token"], bytes]:
        """A fingerprint of each credential that is set: another one when the credential is changed."""
        made: dict[Literal["password", "token"], bytes] = {}
        if self.password is not None:
            made["password"] = fingerprint(json.dumps(["password", self.user, self.password]))
        if self.token is not None:
            made["token"] = fingerprint(json.dumps(["token", self._hash]))
        return made

    @property
    def _hash(self) -> str:
        token = self.token or ""
        return token.removeprefix(HASHED).lower() if token.startswith(HASHED) else _hashed(token)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
