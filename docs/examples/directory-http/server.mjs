// A directory for Keyback over an app's JSON file: KEYBACK_SECRET=whsec_… node server.mjs app.json
// The file: {"users": [{"id": "7", "email": "jane@example.org", "password": null, "version": "1"}], "sessions": []}
import { createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const key = Buffer.from(process.env.KEYBACK_SECRET.replace("whsec_", ""), "base64");
const file = process.argv[2];
const random = () => randomBytes(16).toString("hex");
const hashed = (password, salt) => `${salt}$${scryptSync(password, salt, 64).toString("hex")}`;
const same = (one, other) => one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
const sign = (call, timestamp, body) =>
  `v1,${createHmac("sha256", key).update(`${call}.${timestamp}.`).update(body).digest("base64")}`;

const actions = {
  "/v1/find"({ users }, call, { identifier: { kind, value } }) {
    const folded = (text) => (kind === "email" ? text?.toLowerCase() : text);
    const found = users.filter((user) => value && folded(user[kind]) === folded(value));
    if (found.length !== 1) return { account: null }; // of two accounts with one address, nobody knows which one is meant
    const { id, email, username, password, version, disabled } = found[0];
    return { account: { id, email, email_verified: true, username, active: !disabled, has_password: !!password, version } };
  },
  "/v1/verify"({ users }, call, { id, password }) {
    const stored = users.find((user) => user.id === id)?.password;
    const [salt] = (stored ?? "nobody$").split("$"); // the same work if there is no such account
    return { valid: same(hashed(password, salt), stored ?? "") };
  },
  // One step, because nothing here waits: compare the version, set, end the sessions, write the file.
  "/v1/set_password"(app, call, { id, password, version }) {
    const user = app.users.find((user) => user.id === id);
    if (user && user.version === version) {
      Object.assign(user, { password: hashed(password, random()), version: random(), set_by_call: call });
      app.sessions = app.sessions.filter((session) => session.user_id !== id);
      writeFileSync(`${file}.new`, JSON.stringify(app), { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    }
    // Set now, or by the first try of the same call.
    return user?.set_by_call === call ? { result: "done", version: user.version } : { result: "changed" };
  },
};

async function respond(request, response) {
  let body = "";
  for await (const part of request.setEncoding("utf8")) if ((body += part).length > 65536) throw new Error("too long");
  const [call, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => request.headers[`webhook-${name}`] ?? "");
  const signed = signatures.split(" ").some((one) => same(one, sign(call, timestamp, body)));
  const inTime = Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300;
  const action = actions[request.url];
  if (!action || !signed || !inTime) return response.writeHead(action ? 401 : 404).end();
  const answer = JSON.stringify(action(JSON.parse(readFileSync(file, "utf8")), call, JSON.parse(body)));
  const now = Math.floor(Date.now() / 1000);
  const headers = { "webhook-id": call, "webhook-timestamp": now, "webhook-signature": sign(call, now, answer) };
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(answer);
}

const server = createServer((request, response) => respond(request, response).catch(() => response.destroy()));
server.listen(process.env.PORT ?? 8000, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
