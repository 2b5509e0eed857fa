# A FastAPI app with FastAPI Users in one file: its own users, its own sign-in, and sessions in its database.
# Arguments: a port and the URL of an empty database.

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, CookieTransport
from fastapi_users.authentication.strategy.db import AccessTokenDatabase, DatabaseStrategy
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import SQLAlchemyAccessTokenDatabase, SQLAlchemyBaseAccessTokenTableUUID
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

PORT, URL = sys.argv[1:]

DRIVERS = {"postgres://": "postgresql+psycopg://", "mysql://": "mysql+aiomysql://", "sqlite:": "sqlite+aiosqlite:///"}


def for_sqlalchemy(url: str) -> str:
    scheme = next(scheme for scheme in DRIVERS if url.startswith(scheme))
    return DRIVERS[scheme] + url.removeprefix(scheme)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


engine = create_async_engine(for_sqlalchemy(URL))
new_session = async_sessionmaker(engine, expire_on_commit=False)


async def in_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


async def users_of(session: AsyncSession = Depends(in_session)) -> AsyncIterator[SQLAlchemyUserDatabase]:
    yield SQLAlchemyUserDatabase(session, User)


async def tokens_of(session: AsyncSession = Depends(in_session)) -> AsyncIterator[SQLAlchemyAccessTokenDatabase]:
    yield SQLAlchemyAccessTokenDatabase(session, AccessToken)


class UserManager(UUIDIDMixin, BaseUserManager):
    reset_password_token_secret = verification_token_secret = "a secret for tests"


async def manager_of(users: SQLAlchemyUserDatabase = Depends(users_of)) -> AsyncIterator[UserManager]:
    yield UserManager(users)


def strategy_of(tokens: AccessTokenDatabase = Depends(tokens_of)) -> DatabaseStrategy:
    return DatabaseStrategy(tokens, lifetime_seconds=3600)


backend = AuthenticationBackend("cookie", CookieTransport(cookie_secure=False), strategy_of)
accounts = FastAPIUsers(manager_of, [backend])


@asynccontextmanager
async def with_tables(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=with_tables)
app.include_router(accounts.get_auth_router(backend), prefix="/auth")


@app.post("/__test/user", status_code=201)
async def create_user(request: Request, manager: UserManager = Depends(manager_of)) -> dict[str, str]:
    wanted = await request.json()
    user = await manager.create(schemas.BaseUserCreate(email=wanted["email"], password=wanted["password"]))
    return {"id": str(user.id)}


@app.get("/me")
async def me(user: User = Depends(accounts.current_user(active=True))) -> dict[str, str]:
    return {"email": user.email}


uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="info", access_log=False)
