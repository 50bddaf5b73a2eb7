"""The login server: its keys, and the JWTs that it signs."""
import json, os, re

import jwt
from fastapi import HTTPException
from jwt.utils import base64url_decode, base64url_encode

from kept import Kept

ISSUER = os.environ["ISSUER"]
KEYS_PATH = "/.well-known/jwks.json"
KEYS_URI = os.environ.get("JWKS_URI", ISSUER + KEYS_PATH)
# Where it is reached: in a network of containers that is another address than its name.
ADDRESS = KEYS_URI.removesuffix(KEYS_PATH) if KEYS_URI.endswith(KEYS_PATH) else ISSUER
ALGORITHMS = ["ES256", "RS256", "EdDSA"]
FORM = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")
MAX_KEY_SET_BYTES, CLOCK_SKEW_S = 65_536, 5
COOL_DOWN_S, FRESH_S, STALE_S = 30, 300, 86_400


def read_keys(answer: bytes) -> dict:
    usable = [jwk for jwk in json.loads(answer)["keys"] if jwk.get("kid") and jwk.get("alg") in ALGORITHMS]
    if not usable:
        raise ValueError("no usable key")
    return {jwk["kid"]: (jwk["alg"], jwt.PyJWK(jwk).key) for jwk in usable}


keys = Kept(KEYS_URI, read_keys, MAX_KEY_SET_BYTES, COOL_DOWN_S)


def key_of(kid: str):
    """(algorithm, key), or None when the issuer has no such key; 503 while that is not known."""
    known = (keys.value or {}).get(kid)
    if known and keys.age_s() < FRESH_S:
        return known
    is_current = keys.refresh(wait=known is None)
    if keys.age_s() > STALE_S or not (is_current or known):
        raise HTTPException(503, "The issuer's keys are unavailable.", {"Retry-After": "5"})
    return keys.value.get(kid)


def claims_signed(token: str, typ: str, **checks) -> dict:
    """The claims of a JWT that the issuer signed. Any error but 503 means that it is not good."""
    if not FORM.fullmatch(token) or not all(map(is_canonical, token.split("."))):
        raise ValueError("form")
    header = jwt.get_unverified_header(token)
    alg, given_typ = header.get("alg"), str(header.get("typ")).lower().removeprefix("application/")
    if given_typ != typ or alg not in ALGORITHMS or not header.get("kid") or "crit" in header:
        raise ValueError("header")
    key = key_of(header["kid"])
    if not key or key[0] != alg:
        raise ValueError("key")
    claims = jwt.decode(token, key[1], [alg], issuer=ISSUER, leeway=CLOCK_SKEW_S, **checks)
    if any(type(claims.get(name, 0)) not in (int, float) for name in ("exp", "iat", "nbf")):
        raise ValueError("times")  # PyJWT would also read numbers in text.
    return claims


def is_canonical(part: str) -> bool:
    return base64url_encode(base64url_decode(part)).decode() == part
