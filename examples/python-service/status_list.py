"""Follows the issuer's Token Status Lists by polling, so that a token is refused once its session has ended."""
import re, time, zlib
from functools import partial

from jwt.utils import base64url_decode

from issuer import ADDRESS, ISSUER, claims_signed
from kept import Kept

PATH = re.compile(r"(/[A-Za-z0-9_-]{1,64}){1,4}")
MAX_LISTS, MAX_SIGNED_BYTES, MAX_LIST_BYTES = 100, 262_144, 131_072
COOL_DOWN_S, DEFAULT_TTL_S, MAX_TTL_S = 5, 30, 3600
lists: dict[str, Kept] = {}


def is_revoked(claims: dict) -> bool:
    """A list that is unavailable refuses nobody; a reference that makes no sense raises ValueError."""
    reference = claims.get("status", {}).get("status_list")
    if reference is None:
        return False
    uri, index = reference["uri"], reference["idx"]
    path = uri.removeprefix(ISSUER)
    if path == uri or not PATH.fullmatch(path) or type(index) is not int or index < 0:
        raise ValueError("status")
    bits = bits_at(path)
    if bits is None:
        return False
    if index >= 8 * len(bits):
        raise ValueError("status")
    return bits[index // 8] >> index % 8 & 1 == 1


def bits_at(path: str):
    kept = lists.get(path)
    if kept is None:
        if len(lists) >= MAX_LISTS:
            lists.pop(next(iter(lists)), None)
        kept = lists.setdefault(path, Kept(ADDRESS + path, partial(read_list, path), MAX_SIGNED_BYTES, COOL_DOWN_S))
    if kept.value is None or kept.age_s() >= kept.value["ttl"]:
        kept.refresh(wait=kept.value is None)
    return kept.value["bits"] if kept.value and kept.value["exp"] > time.time() else None


def read_list(path: str, answer: bytes) -> dict:
    claims = claims_signed(answer.decode(), "statuslist+jwt")
    listed = claims["status_list"]
    if claims["sub"] != ISSUER + path or listed["bits"] != 1:
        raise ValueError("another list")
    inflate = zlib.decompressobj()
    bits = inflate.decompress(base64url_decode(listed["lst"]), MAX_LIST_BYTES)
    if not inflate.eof:
        raise ValueError("too long")
    ttl = min(max(claims.get("ttl", DEFAULT_TTL_S), 1), MAX_TTL_S)
    return {"bits": with_known(path, bits), "ttl": ttl, "exp": claims["exp"]}


def with_known(path: str, bits: bytes) -> bytes:
    """What was revoked stays so: a cache on the way may answer with an older list."""
    known = lists[path].value
    if known is None:
        return bits
    if len(bits) != len(known["bits"]):
        raise ValueError("another size than before")
    return (int.from_bytes(bits, "big") | int.from_bytes(known["bits"], "big")).to_bytes(len(bits), "big")
