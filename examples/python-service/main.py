"""Notes of each person, kept in memory: a service in Python behind the one login."""
import itertools
import os

import uvicorn
from fastapi import HTTPException, Security
from pydantic import BaseModel, Field

from latchkey import claims_of
from web import create_app

MAX_NOTES = 200  # of one person
MAX_PERSON_ID = 2**31 - 1

app = create_app("python-service")
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
    if any("\ud800" <= character <= "\udfff" for character in body.text):
        raise HTTPException(400, "text: must be Unicode, without half a character.")
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


if __name__ == "__main__":
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
    # Longer than the gateway keeps its idle connections, so that it is the one that closes them.
    uvicorn.run(app, host=host, port=port, timeout_keep_alive=75, server_header=False)
