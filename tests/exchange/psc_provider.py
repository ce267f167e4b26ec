"""A provider whose every word a test may falsify: its own keys, HTTP on the loopback, one thread."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

SUBJECT = "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899000000011"
RSA = RSAKey.generate_key(2048, {"kid": "clé-1", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "clé-1", "use": "sig"})
NEXT_RSA = RSAKey.generate_key(2048, {"kid": "clé-2", "use": "sig"})
SHORT_RSA = RSAKey.generate_key(1024, {"kid": "courte", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "courbe", "use": "sig"})

REGISTRY = jws.JWSRegistry(algorithms=["RS256", "RS512", "PS256", "ES256", "HS256"], strict_check_header=False)
Change = Callable[["Provider"], None]


@dataclass
class Provider:
    """Honest until a test changes something."""

    issuer: str = ""
    client: str = "maillon"
    secret: str = "secret du client"  # noqa: S105
    subject: str = SUBJECT
    keys: list[Any] = field(default_factory=lambda: [RSA.as_dict(private=False)])
    signing: Any = field(default_factory=lambda: RSA)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "clé-1", "typ": "JWT"})
    claims: dict[str, Any] = field(default_factory=dict)  # over the honest ones; None takes one away
    tokens: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Callable[[], tuple[int, str, bytes]]] = field(default_factory=dict)
    id_token: Callable[[str], str] = lambda token: token  # noqa: E731
    asked: dict[str, str] = field(default_factory=dict)  # the authorization request
    calls: list[str] = field(default_factory=list)
    redeemed: set[str] = field(default_factory=set)
    code: str = "un-code-tout-neuf"

    def describe(self) -> dict[str, Any]:
        return _over(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/logout",
                "authorization_response_iss_parameter_supported": True,
            },
            self.description,
        )

    def signed(self, claims: dict[str, Any]) -> str:
        if self.header.get("alg") == "none":
            parts = (json.dumps(self.header), json.dumps(claims), "")
            return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
        return jws.serialize_compact(self.header, json.dumps(claims).encode(), self.signing, registry=REGISTRY)

    def honest_claims(self) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer, "sub": self.subject, "aud": self.client, "exp": now + 300, "iat": now,
            "nonce": self.asked.get("nonce"), "acr": "eidas1", "sid": "session-1", "auth_time": now,
        }  # fmt: skip

    def answer_token(self, form: dict[str, str], authorization: str) -> tuple[int, str, bytes]:
        expected = base64.b64encode(f"{self.client}:{self.secret.replace(' ', '%20')}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        is_honest = (
            authorization == f"Basic {expected}"
            and form.get("code") == self.code
            and self.code not in self.redeemed
            and challenge.rstrip(b"=").decode() == self.asked.get("code_challenge")
            and form.get("redirect_uri") == self.asked.get("redirect_uri")
        )
        if not is_honest:
            return 400, "application/json", b'{"error":"invalid_grant"}'
        self.redeemed.add(self.code)
        token = self.id_token(self.signed(_over(self.honest_claims(), self.claims)))
        found = _over(
            {"access_token": "acces", "token_type": "Bearer", "id_token": token, "expires_in": 60}, self.tokens
        )
        return 200, "application/json", json.dumps(found).encode()

    def answer_person(self, authorization: str) -> tuple[int, str, bytes]:
        if authorization != "Bearer acces":
            return 401, "application/json", b"{}"
        honest = {
            "sub": self.subject, "SubjectNameID": "899000000011", "preferred_username": "899000000011",
            "given_name": "Claire", "family_name": "MOREL", "Acces_Regulation_Medicale": "false",
            "SubjectRefPro": {"exercices": [{"activities": [{"numeroFinessSite": "990000016"}]}]},
        }  # fmt: skip
        return 200, "application/json", json.dumps(_over(honest, self.person)).encode()

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, str, bytes]:
        self.calls.append(path)
        if path in self.answers:
            return self.answers[path]()
        if path == "/.well-known/openid-configuration":
            return 200, "application/json", json.dumps(self.describe()).encode()
        if path == "/keys":
            return 200, "application/json", json.dumps({"keys": self.keys}).encode()
        if path == "/token":
            return self.answer_token(form, authorization)
        return self.answer_person(authorization) if path == "/userinfo" else (404, "text/plain", b"")


def public_key_as_secret() -> OctKey:
    """The public key taken for a shared secret: the classic confusion of algorithms."""
    return OctKey.import_key(json.dumps(RSA.as_dict(private=False)))


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._answer({name: values[0] for name, values in parse_qs(sent).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, media_type, data = provider.answer(
                urlsplit(self.path).path, form, self.headers.get("Authorization", "")
            )
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", data.decode())
                data = b""
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _over(honest: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (honest | changes).items() if value is not None}
