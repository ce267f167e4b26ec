"""Partners' software at the door of the FHIR API: what is registered, how it proves who it is, what its tokens open.

OAuth 2.0 (RFC 6749, best practice RFC 9700), PKCE (RFC 7636), signed assertions (RFC 7523), SMART App Launch 2.2 for
the words of the scopes. Tokens are opaque and short; only their hashes are kept; a revocation holds at once.
"""

from maillon.access.partners.assertions import ALGORITHMS, client_of_assertion
from maillon.access.partners.consenting import Asked, Redirected, ask, begin, refuse
from maillon.access.partners.registering import (
    Client,
    ClientLine,
    Registration,
    client_of_secret,
    listed,
    may_manage,
    register,
    revoke,
)
from maillon.access.partners.scopes import RESOURCES, WRITABLE, Scope, granted, sentence
from maillon.access.partners.tokens import Caller, Issued, OAuthError, caller_of, forget, give_alone, redeem, renew

__all__ = [
    "ALGORITHMS",
    "RESOURCES",
    "WRITABLE",
    "Asked",
    "Caller",
    "Client",
    "ClientLine",
    "Issued",
    "OAuthError",
    "Redirected",
    "Registration",
    "Scope",
    "ask",
    "begin",
    "caller_of",
    "client_of_assertion",
    "client_of_secret",
    "forget",
    "give_alone",
    "granted",
    "listed",
    "may_manage",
    "redeem",
    "refuse",
    "register",
    "renew",
    "revoke",
    "sentence",
]
