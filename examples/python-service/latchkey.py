"""Checks Latchkey's access tokens (RFC 9068) for FastAPI: `Security(claims_of, scopes=["notes:read"])`."""
import base64, json, os, re, threading, time, urllib.request
from pathlib import Path

import jwt
from fastapi import HTTPException, Request, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]
SCOPES = json.loads(Path(__file__).with_name("service.json").read_text())["scopes"]
ALGORITHMS = ["ES256", "RS256", "EdDSA"]
REQUIRED = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]
FORM = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")
MAX_TOKEN_BYTES, MAX_KEY_SET_BYTES, CLOCK_SKEW_S = 8192, 65_536, 5
TIMEOUT_S, COOL_DOWN_S, FRESH_S, STALE_S = 1.5, 30, 300, 86_400


class Keys:
    """The issuer's keys: fetched when old or when one is unknown, and kept in use while it is down."""

    def __init__(self, uri: str):
        self.uri, self.keys, self.lock = uri, {}, threading.Lock()
        self.fetched = self.tried = -float("inf")

    def find(self, kid: str):
        """(algorithm, key), or None when the issuer has no such key; 503 while that is not known."""
        known = self.keys.get(kid)
        if known and time.monotonic() - self.fetched < FRESH_S:
            return known
        is_current = self.refresh(wait=known is None)
        if time.monotonic() - self.fetched > STALE_S or not (is_current or kid in self.keys):
            raise HTTPException(503, "The issuer's keys are unavailable.", {"Retry-After": "5"})
        return self.keys.get(kid)

    def refresh(self, wait: bool) -> bool:
        """Whether the set is newer than this call. One thread fetches; who has a key does not wait for it."""
        called = time.monotonic()
        if not self.lock.acquire(timeout=TIMEOUT_S if wait else 0):
            return False
        try:
            if self.fetched >= called:
                return True
            if called - self.tried < (COOL_DOWN_S if self.keys else 1):
                return False
            self.tried = called
            with urllib.request.urlopen(self.uri, timeout=TIMEOUT_S) as answer:
                jwks = json.loads(answer.read(MAX_KEY_SET_BYTES))["keys"]
            usable = [jwk for jwk in jwks if jwk.get("kid") and jwk.get("alg") in ALGORITHMS]
            found = {jwk["kid"]: (jwk["alg"], jwt.PyJWK(jwk).key) for jwk in usable}
            if found:  # A set without a usable key is trouble of the issuer, not the end of its keys.
                self.keys, self.fetched = found, time.monotonic()
            return bool(found)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, jwt.PyJWTError):
            return False
        finally:
            self.lock.release()


keys = Keys(os.environ.get("JWKS_URI", f"{ISSUER}/.well-known/jwks.json"))


def is_canonical(part: str) -> bool:
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    return base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == part


def verify(token: str) -> dict:
    """The claims. Any error but 503 means that the token is not good."""
    if len(token) > MAX_TOKEN_BYTES or not FORM.fullmatch(token):
        raise ValueError("form")
    header = jwt.get_unverified_header(token)
    typ, alg, kid = header.get("typ"), header.get("alg"), header.get("kid")
    if not all(map(is_canonical, token.split("."))) or "crit" in header or alg not in ALGORITHMS:
        raise ValueError("header")
    if not kid or str(typ).lower() not in ("at+jwt", "application/at+jwt"):
        raise ValueError("header")
    found = keys.find(kid)
    if not found or found[0] != alg:
        raise ValueError("key")
    checks = {"issuer": ISSUER, "audience": AUDIENCE, "leeway": CLOCK_SKEW_S}
    return jwt.decode(token, found[1], algorithms=[alg], options={"require": REQUIRED}, **checks)


def refusal(status: int, detail: str, **challenge: str) -> HTTPException:
    parts = ", ".join(f'{name}="{text}"' for name, text in {"realm": AUDIENCE, **challenge}.items())
    return HTTPException(status, detail, {"WWW-Authenticate": f"Bearer {parts}"})


login = OAuth2PasswordBearer("/token", "login", SCOPES, auto_error=False)  # For the API page only.


def claims_of(request: Request, scopes: SecurityScopes, _=Security(login)) -> dict:
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise refusal(400, "Send one Authorization header.", error="invalid_request")
    scheme, _, token = "".join(given).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refusal(401, "Not authenticated")
    try:
        claims = verify(token)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        raise refusal(401, "Could not validate user.", error="invalid_token") from None
    if not set(scopes.scopes) <= set(str(claims.get("scope")).split()):
        raise refusal(403, "The token lacks a scope.", error="insufficient_scope", scope=scopes.scope_str)
    return claims
