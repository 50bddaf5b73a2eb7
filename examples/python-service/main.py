"""Notes of each person, kept in memory: a service in Python behind the one login."""
import itertools
import os
import re
from http import HTTPStatus

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from latchkey import claims_of, keys

MAX_BODY_BYTES = 64 * 1024
MAX_NOTES = 200  # of one person
MAX_PERSON_ID = 2**31 - 1

app = FastAPI(title="python-service", docs_url=None, redoc_url=None)
ids = itertools.count(1)
notes_by_person: dict[int, dict[int, dict]] = {}


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=4000)


class Note(NewNote):
    id: int


def notes_of(claims: dict) -> dict[int, dict]:
    """The notes of the person that the token speaks for; a service's own token has no `id`."""
    person = claims.get("id")
    if type(person) is not int or not 0 < person <= MAX_PERSON_ID:
        raise HTTPException(403, "Only a signed-in person can do this.")
    return notes_by_person.setdefault(person, {})


@app.get("/notes", response_model=list[Note])
def list_notes(claims=Security(claims_of, scopes=["notes:read"])):
    return list(notes_of(claims).values())


@app.post("/notes", response_model=Note, status_code=201)
def add_note(body: NewNote, claims=Security(claims_of, scopes=["notes:write"])):
    notes = notes_of(claims)
    if len(notes) >= MAX_NOTES:
        raise HTTPException(409, f"You have {MAX_NOTES} notes, which is the most there can be.")
    note = {"id": next(ids), "text": body.text}
    notes[note["id"]] = note
    return note


@app.get("/notes/{id}", response_model=Note)
def read_note(id: int, claims=Security(claims_of, scopes=["notes:read"])):
    note = notes_of(claims).get(id)
    if note is None:
        raise HTTPException(404, "No note of yours has this id.")
    return note


@app.get("/readyz", include_in_schema=False)
def ready():
    if not keys.keys:
        keys.refresh(wait=True)
    return JSONResponse({"ready": bool(keys.keys)}, 200 if keys.keys else 503)


def problem(status: int, detail: str, headers=None, **more) -> JSONResponse:
    """A problem document (RFC 9457)."""
    title = HTTPStatus(status).phrase
    code = title.lower().replace(" ", "_")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return JSONResponse({**body, **more}, status, headers, "application/problem+json")


@app.exception_handler(StarletteHTTPException)
def on_http_error(_: Request, error: StarletteHTTPException):
    return problem(error.status_code, str(error.detail), getattr(error, "headers", None))


@app.exception_handler(RequestValidationError)
def on_bad_input(_: Request, error: RequestValidationError):
    errors = [
        {"in": e["loc"][0], "field": ".".join(map(str, e["loc"][1:])), "detail": e["msg"]}
        for e in error.errors()
    ]
    return problem(400, f"{errors[0]['field']}: {errors[0]['detail']}", errors=errors[:20])


@app.middleware("http")
async def around(request: Request, call_next):
    """Bounds the body before anything reads it, and keeps answers out of caches."""
    length = request.headers.get("content-length", "0")
    is_bounded = re.fullmatch(r"\d{1,9}", length) and int(length) <= MAX_BODY_BYTES
    if "transfer-encoding" in request.headers or not is_bounded:
        response = problem(413, f"Send a body of at most {MAX_BODY_BYTES} bytes, with its length.")
    else:
        response = await call_next(request)
    response.headers["Cache-Control"] = "no-store"
    return response


if __name__ == "__main__":
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    # Longer than the gateway keeps its idle connections, so that it is the one that closes them.
    uvicorn.run(app, host=host, port=port, timeout_keep_alive=75, server_header=False)
