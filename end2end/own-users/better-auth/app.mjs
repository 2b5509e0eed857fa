// An app with Better Auth in one file: its own users, its own sign-in and its own sessions.
// Arguments: a port and the URL of an empty database.

import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { createPool } from 'mysql2/promise';
import pg from 'pg';

const [port, url] = process.argv.slice(2);

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a secret for tests that has more than 32 characters',
  database: url.startsWith('mysql:') ? createPool({ uri: url, timezone: 'Z' }) : new pg.Pool({ connectionString: url }),
  emailAndPassword: { enabled: true, autoSignIn: false },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
});

async function createUser(request, response) {
  const { email, username, password } = await json(request);
  const { user } = await auth.api.signUpEmail({ body: { email, password, name: username } });
  response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id: user.id }));
}

async function me(request, response) {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  if (session === null) {
    response.writeHead(401).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ email: session.user.email }));
}

const routes = { '/__test/user': createUser, '/me': me };
const others = toNodeHandler(auth);

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
const server = createServer((request, response) => {
  const answer = routes[request.url ?? ''] ?? others;
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
