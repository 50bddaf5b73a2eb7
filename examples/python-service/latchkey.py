"""Checks Latchkey's access tokens (RFC 9068) for FastAPI: `Security(claims_of, scopes=["notes:read"])`."""
import json, os
from pathlib import Path

from fastapi import HTTPException, Request, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from jwt import PyJWTError

from issuer import ISSUER, claims_signed
from status_list import is_revoked

AUDIENCE = os.environ["AUDIENCE"]
SERVICE = json.loads(Path(__file__).with_name("service.json").read_text())
METADATA_URI = f"{ISSUER}/.well-known/oauth-protected-resource{SERVICE['routes'][0]}"  # RFC 9728
REQUIRED = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]
MAX_TOKEN_BYTES = 8192
MEANS_BAD = (PyJWTError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


def verify(token: str) -> dict:
    """The claims. Any error but 503 means that the token is not good."""
    if len(token) > MAX_TOKEN_BYTES:
        raise ValueError("size")
    claims = claims_signed(token, "at+jwt", audience=AUDIENCE, options={"require": REQUIRED})
    if not isinstance(claims["sub"], str) or not claims["sub"] or is_revoked(claims):
        raise ValueError("claims")
    return claims


def refusal(status: int, detail: str, **challenge: str) -> HTTPException:
    parameters = {"realm": AUDIENCE, **challenge, "resource_metadata": METADATA_URI}
    text = ", ".join(f'{name}="{value}"' for name, value in parameters.items())
    return HTTPException(status, detail, {"WWW-Authenticate": f"Bearer {text}"})


login = OAuth2PasswordBearer("/token", "login", SERVICE["scopes"], auto_error=False)  # For the API page only.


def claims_of(request: Request, scopes: SecurityScopes, _=Security(login)) -> dict:
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise refusal(400, "Send one Authorization header.", error="invalid_request")
    scheme, _, token = "".join(given).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refusal(401, "Not authenticated")
    try:
        claims = verify(token)
    except MEANS_BAD:
        raise refusal(401, "Could not validate user.", error="invalid_token") from None
    if not set(scopes.scopes) <= set(str(claims.get("scope")).split()):
        raise refusal(403, "The token lacks a scope.", error="insufficient_scope", scope=scopes.scope_str)
    return claims
