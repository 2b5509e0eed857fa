"""A directory for Keyback over an app's SQLite file: KEYBACK_SECRET=whsec_… python3 server.py app.db"""
import base64, hashlib, hmac, json, os, secrets, sqlite3, sys, time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["KEYBACK_SECRET"].removeprefix("whsec_"))
SCHEMA = """CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE, username TEXT, password TEXT,
  active INTEGER NOT NULL DEFAULT 1, version TEXT NOT NULL DEFAULT (hex(randomblob(16))), set_by_call TEXT);
CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, user_id INTEGER NOT NULL);"""

def hashed(password, salt):
    return salt + "$" + hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=8, p=1).hex()
def sign(call, timestamp, body):
    return "v1," + base64.b64encode(hmac.digest(KEY, f"{call}.{timestamp}.".encode() + body, "sha256")).decode()

def find(db, call, identifier):
    column = identifier["kind"] if identifier["kind"] in ("id", "email", "username") else "NULL"  # no phone numbers here
    rows = db.execute(f"SELECT id, email, username, active, password, version FROM users WHERE {column} = ?",
                      [identifier["value"]]).fetchall()
    if len(rows) != 1: return {"account": None}  # of two accounts with one address, nobody knows which one is meant
    id, email, username, active, password, version = rows[0]
    return {"account": {"id": str(id), "email": email, "email_verified": True, "username": username, "active": bool(active),
                        "has_password": password is not None, "version": version}}

def verify(db, call, id, password):
    row = db.execute("SELECT password FROM users WHERE id = ? AND password IS NOT NULL", [id]).fetchone()
    stored = row[0] if row else hashed("", "nobody")  # the same work if there is no such account
    return {"valid": hmac.compare_digest(stored, hashed(password, stored.split("$")[0])) and row is not None}

def set_password(db, call, id, password, version, reason):
    values = [hashed(password, secrets.token_hex(16)), secrets.token_hex(16), call, id, version]
    db.execute("BEGIN IMMEDIATE")  # one step until COMMIT: compare the version, set, end the sessions
    if db.execute("UPDATE users SET password = ?, version = ?, set_by_call = ? WHERE id = ? AND version = ?", values).rowcount:
        db.execute("DELETE FROM sessions WHERE user_id = ?", [id])
    row = db.execute("SELECT version FROM users WHERE id = ? AND set_by_call = ?", [id, call]).fetchone()  # now or before
    db.execute("COMMIT")
    return {"result": "done", "version": row[0]} if row else {"result": "changed"}

class Directory(BaseHTTPRequestHandler):
    def do_POST(self):
        action = {"/v1/find": find, "/v1/verify": verify, "/v1/set_password": set_password}.get(self.path)
        call, timestamp, signatures = (self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        body = self.rfile.read(min(int(self.headers["content-length"]), 65536))
        signed = any(hmac.compare_digest(one.encode(), sign(call, timestamp, body).encode()) for one in signatures.split())
        if not action or not signed or abs(time.time() - int(timestamp)) > 300:
            return self.send_error(401 if action else 404)
        with closing(sqlite3.connect(sys.argv[1], isolation_level=None)) as db:
            answer = json.dumps(action(db, call, **json.loads(body))).encode()
        now = str(int(time.time()))
        self.send_response(200)
        for name, value in ("id", call), ("timestamp", now), ("signature", sign(call, now, answer)):
            self.send_header(f"webhook-{name}", value)
        self.end_headers()
        self.wfile.write(answer)

sqlite3.connect(sys.argv[1]).executescript(SCHEMA)
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8000))), Directory)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
