# A Flask app with Flask-Security in one file: its own users, its own sign-in and its own sessions.
# Arguments: a port and the URL of an empty database.

import sys

from flask import Flask, jsonify, request
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user, hash_password
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy
from werkzeug.serving import make_server

PORT, URL = sys.argv[1:]

DRIVERS = {"postgres://": "postgresql+psycopg://", "mysql://": "mysql+pymysql://", "sqlite:": "sqlite:///"}


def for_sqlalchemy(url):
    scheme = next(scheme for scheme in DRIVERS if url.startswith(scheme))
    return DRIVERS[scheme] + url.removeprefix(scheme)


app = Flask(__name__)
app.config.update(
    SECRET_KEY="a key for tests",
    # fixtures/own-users/peers.ts gives it to Keyback.
    SECURITY_PASSWORD_SALT="146585145368132386173505678016728509634",
    SQLALCHEMY_DATABASE_URI=for_sqlalchemy(URL),
    WTF_CSRF_ENABLED=False,
)
database = SQLAlchemy(app)
fsqla_v3.FsModels.set_db_info(database)


class Role(database.Model, fsqla_v3.FsRoleMixin):
    pass


class User(database.Model, fsqla_v3.FsUserMixin):
    pass


users = SQLAlchemyUserDatastore(database, User, Role)
app.security = Security(app, users)


@app.post("/__test/user")
def create_user():
    wanted = request.json
    # As at registration: what is hashed is the normalised password.
    _, password = app.security.password_util.validate(wanted["password"], True)
    user = users.create_user(email=wanted["email"], username=wanted["username"], password=hash_password(password))
    database.session.commit()
    return jsonify(id=user.id), 201


@app.get("/me")
@auth_required("session")
def me():
    return jsonify(email=current_user.email)


with app.app_context():
    database.create_all()
server = make_server("127.0.0.1", int(PORT), app)
print("listening", flush=True)
server.serve_forever()
