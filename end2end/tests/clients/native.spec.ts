// Calls the native API as apps with their own pages do: with `requests` in Python, and with `fetch` in Node and on a
// page. Also runs schemathesis, which sends requests that the OpenAPI document allows and others that it doesn't.

import type { Page } from '@playwright/test';
import { type Keyback, NEW_PASSWORD, OLD_PASSWORD, unusedAddress } from '../../fixtures/keyback.ts';
import { python } from '../../fixtures/python.ts';
import { targetOf } from '../../fixtures/steps.ts';
import { expect, test } from '../../fixtures/test.ts';

interface Answer {
  status: number;
  body: string;
}

test('an app in Python resets a password with the code that the person types', async ({ keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const post = await letIn(keyback);

  const asked = await post('/resets', { email });
  expect(asked.status).toBe(202);
  const { id } = JSON.parse(asked.body) as { id: string };

  const { digits: code } = await mailbox.next(email);
  const verified = await post(`/resets/${id}/verify`, { code });
  expect(verified.status).toBe(200);
  const { access_token } = JSON.parse(verified.body) as { access_token: string };

  const completed = await post('/resets/complete', { access_token, new_password: NEW_PASSWORD });
  expect(completed.status).toBe(204);
  expect((await post('/accounts/authenticate', { email, password: NEW_PASSWORD })).status).toBe(200);
  expect((await post('/accounts/authenticate', { email, password: OLD_PASSWORD })).status).toBe(401);
});

test('an app in Python resets a password with the token of the link', async ({ keyback, mailbox, app }) => {
  const email = await keyback.addAccount();
  const post = await letIn(keyback);

  const redirect_url = `${app.origin}/auth/redirect?from=app`;
  expect((await post('/resets', { email, redirect_url })).status).toBe(202);

  const target = await targetOf((await mailbox.next(email)).link);
  expect(target.origin + target.pathname).toBe(`${app.origin}/auth/redirect`);
  expect(target.searchParams.get('from')).toBe('app');
  const access_token = target.searchParams.get('access_token');
  const completed = await post('/resets/complete', { access_token, new_password: NEW_PASSWORD });
  expect(completed.status).toBe(204);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
});

test('an app in Node keeps its accounts here and resets the password of one', async ({ keyback, mailbox }) => {
  const call = await program(keyback);
  const email = unusedAddress('jane');

  const wanted = { email, email_verified: true, password: OLD_PASSWORD };
  const [first, again] = [await call('POST', '/accounts', wanted, 'one'), await call('POST', '/accounts', wanted, 'one')];
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.json).toEqual(first.json);
  expect((await call('POST', '/accounts', wanted)).status).toBe(409);
  expect(await call('GET', `/accounts?${new URLSearchParams({ email })}`)).toEqual({ status: 200, json: first.json });
  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(200);

  const asked = [await call('POST', '/resets', { email }, 'two'), await call('POST', '/resets', { email }, 'two')];
  expect(asked.map(({ status }) => status)).toEqual([202, 202]);
  const { digits: code } = await mailbox.next(email);
  const id = asked[0]?.json['id'];
  const verified = await call('POST', `/resets/${id}/verify`, { code });
  const access_token = verified.json['access_token'];
  expect((await call('POST', '/resets/complete', { access_token, new_password: 'short' })).status).toBe(422);
  expect((await call('POST', '/resets/complete', { access_token, new_password: NEW_PASSWORD })).status).toBe(204);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
  expect((await call('GET', `/resets/${id}`)).json['status']).toBe('completed');
  await mailbox.next(email);
  expect(mailbox.unread(email), 'one message for two equal requests, and the notice').toBe(0);

  expect((await call('PATCH', `/accounts/${first.json['id']}`, { disabled: true })).status).toBe(204);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(401);
});

test('an app in Node sends the message itself, and takes another back', async ({ keyback, mailbox, page }) => {
  const call = await program(keyback);
  const email = await keyback.addAccount();
  const { link } = (await call('POST', '/resets', { email, deliver: false })).json;
  expect(link).toMatch(new RegExp(`^${keyback.origin}/verify\\?key=tk-`));
  await page.goto(String(link));
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  expect(mailbox.unread(email)).toBe(0);

  const other = await keyback.addAccount();
  const { id } = (await call('POST', '/resets', { email: other })).json;
  const mail = await mailbox.next(other);
  expect((await call('DELETE', `/resets/${id}`)).status).toBe(204);
  await page.goto(mail.link);
  await expect(page).toHaveURL(`${keyback.origin}/link-expired`);
});

test('a page of the app resets a password with a publishable key', async ({ keyback, mailbox, app, page }) => {
  const { key } = await keyback.createKey({ kind: 'publishable', origins: [app.origin] });
  const email = await keyback.addAccount();
  await page.goto(app.origin + app.publish('/own-page', '<h1>A page of the app</h1>'));
  const post = (path: string, body: object) => postFrom(page, `${keyback.origin}/api/v1${path}`, key, body);

  const asked = await post('/resets', { email });
  expect(asked).toEqual({ status: 202, json: expect.objectContaining({ delivery: null, link: null }) });
  expect(await post('/resets', { email: unusedAddress() })).toEqual({ status: 202, json: expect.anything() });
  const { digits: code } = await mailbox.next(email);
  const { access_token } = (await post(`/resets/${asked.json['id']}/verify`, { code })).json;
  expect(await post('/resets/complete', { access_token, new_password: NEW_PASSWORD })).toEqual({ status: 204, json: {} });
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
});

test('a page of the app waits as long as it is told', async ({ keyback, app, page, watch }) => {
  watch.expectComplaint(/status of 429/);
  const { key } = await keyback.createKey({ kind: 'publishable', origins: [app.origin] });
  await page.goto(app.origin + app.publish('/own-page', '<h1>A page of the app</h1>'));
  const ask = { url: `${keyback.origin}/api/v1/resets`, key, email: unusedAddress() };
  const told = await page.evaluate(async ({ url, key, email }) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const once = () => fetch(url, { method: 'POST', headers, body: JSON.stringify({ email }) });
    await once();
    const again = await once();
    return { status: again.status, wait: Number(again.headers.get('retry-after')) };
  }, ask);
  expect(told.status).toBe(429);
  expect(told.wait).toBeGreaterThan(50);
});

test('a page of somebody else gets no answer', async ({ keyback, app, page, watch, mailbox }) => {
  watch.expectComplaint(/blocked by CORS policy|net::ERR_FAILED/);
  const { key } = await keyback.createKey({ kind: 'publishable', origins: [app.origin] });
  const email = await keyback.addAccount();
  await page.goto(app.foreignOrigin + app.publish('/own-page', '<h1>A page of somebody else</h1>'));
  await expect(postFrom(page, `${keyback.origin}/api/v1/resets`, key, { email })).rejects.toThrow('Failed to fetch');
  expect(mailbox.unread(email)).toBe(0);
});

interface Tried {
  code: number;
  operations: number;
  cases: number;
  failures: { title: string; operations: string[] }[];
  errors: unknown[];
  unauthorized: string[];
  output: string;
}

test('schemathesis finds nothing that the OpenAPI document does not say', async ({ keyback }) => {
  test.setTimeout(120_000);
  const { key } = await keyback.createKey({ scopes: SCOPES });
  const document = `${keyback.origin}/api/v1/openapi.json`;
  // Requests that match the document may still be refused: a malformed address, a weak password, an unknown code.
  const without = ['positive_data_acceptance'];
  const tried = await python<Tried>('openapi.py', { document, key, examples: 30, without });
  expect(tried.failures, tried.output).toEqual([]);
  expect([tried.code, tried.errors], tried.output).toEqual([0, []]);
  expect(tried.operations).toBe(11);
  expect(tried.cases).toBeGreaterThan(500);
  // These operations refuse all calls, because the codes and tokens are made up.
  const refused = ['POST /api/v1/resets/complete', 'POST /api/v1/resets/verify', 'POST /api/v1/resets/{id}/verify'];
  expect(tried.unauthorized.filter((operation) => !refused.includes(operation))).toEqual([]);
});

const SCOPES = [
  'resets:request', 'resets:complete', 'resets:read', 'resets:return_link',
  'accounts:authenticate', 'accounts:read', 'accounts:write', 'accounts:verify',
];

interface Told {
  status: number;
  json: Record<string, unknown>;
}

/** Creates a key with all scopes, and returns a function that calls the API with it. */
async function program(keyback: Keyback) {
  const { key } = await keyback.createKey({ scopes: SCOPES });
  return async (method: string, path: string, body?: object, idempotencyKey?: string): Promise<Told> => {
    const headers = new Headers({ authorization: `Bearer ${key}` });
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (idempotencyKey !== undefined) headers.set('idempotency-key', `"${idempotencyKey}"`);
    const answer = await fetch(`${keyback.origin}/api/v1${path}`, { method, headers, body: JSON.stringify(body) ?? null });
    const text = await answer.text();
    return { status: answer.status, json: text === '' ? {} : (JSON.parse(text) as Told['json']) };
  };
}

/** Calls the API from a page. */
async function postFrom(page: Page, url: string, key: string, body: object): Promise<Told> {
  return await page.evaluate(
    async ({ url, key, body }) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      const text = await answer.text();
      return { status: answer.status, json: text === '' ? {} : JSON.parse(text) };
    },
    { url, key, body },
  );
}

/** Creates a key, and returns a function that calls the API with it. */
async function letIn(keyback: Keyback): Promise<(path: string, json: object) => Promise<Answer>> {
  const { key } = await keyback.createKey();
  const call = { method: 'POST', headers: { Authorization: `Bearer ${key}` } };
  return (path, json) => python('request.py', { ...call, url: `${keyback.origin}/api/v1${path}`, json });
}
