// The native API as an app in Python calls it that keeps its own pages: by `requests`, the client of most of them.

import { type Keyback, NEW_PASSWORD, OLD_PASSWORD } from '../../fixtures/keyback.ts';
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

/** Gives the app a key, and what it calls with it. */
async function letIn(keyback: Keyback): Promise<(path: string, json: object) => Promise<Answer>> {
  const { key } = await keyback.createKey();
  const call = { method: 'POST', headers: { Authorization: `Bearer ${key}` } };
  return (path, json) => python('request.py', { ...call, url: `${keyback.origin}/api/v1${path}`, json });
}
