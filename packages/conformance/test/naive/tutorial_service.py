"""A service as FastAPI's tutorial writes one: what it does not think of is what the kit finds."""

import os

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt
from pydantic import BaseModel

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")
todos = {}


class TodoRequest(BaseModel):
    title: str


async def current_user(token: str = Depends(bearer)) -> dict:
    try:
        claims = jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"])
        return {"username": claims.get("sub"), "id": claims.get("id")}
    except JWTError:
        raise HTTPException(status_code=401, detail="Could not validate user.")


@app.get("/todo")
async def read_all(user: dict = Depends(current_user)):
    return [todo for todo in todos.values() if todo["owner"] == user["id"]]


@app.post("/todo", status_code=201)
async def create(request: TodoRequest, user: dict = Depends(current_user)):
    todo = {"id": len(todos) + 1, "title": request.title, "owner": user["id"]}
    todos[todo["id"]] = todo
    return todo


@app.get("/todo/{todo_id}")
async def read(todo_id: int, user: dict = Depends(current_user)):
    todo = todos.get(todo_id)
    if todo is None:
        raise HTTPException(status_code=404, detail="Todo not found.")
    if todo["owner"] != user["id"]:
        raise HTTPException(status_code=403, detail="Not your todo.")
    return todo


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
