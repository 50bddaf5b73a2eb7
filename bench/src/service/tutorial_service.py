"""The peer: todos the way FastAPI's tutorial writes them, on the same table.

Arguments: its port. Environment: DATABASE_URL, JWT_SECRET.
"""

import os
import sys

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt
from pydantic import BaseModel
from sqlalchemy import Boolean, Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"])
SessionLocal = sessionmaker(bind=engine)
Base = declarative_base()


class Todos(Base):
    __tablename__ = "todo"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    description = Column(String)
    priority = Column(Integer)
    done = Column(Boolean)
    owner = Column(Integer)


class TodoOut(BaseModel):
    id: int
    title: str
    description: str | None
    priority: int
    done: bool

    class Config:
        orm_mode = True


app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


async def current_user(token: str = Depends(bearer)) -> dict:
    try:
        claims = jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"])
        return {"username": claims["sub"], "id": claims["id"]}
    except (JWTError, KeyError):
        raise HTTPException(status_code=401, detail="Could not validate user.")


@app.get("/todo", response_model=list[TodoOut])
async def read_all(user: dict = Depends(current_user), db: Session = Depends(get_db)):
    return db.query(Todos).filter(Todos.owner == user["id"]).all()


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="info")
