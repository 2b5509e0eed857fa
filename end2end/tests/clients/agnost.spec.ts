// Uses the Agnost protocol through the altogic client, in Node and on an app's page. Agnost's own client is in no
// registry.

import { type APIError, createClient } from 'altogic';
import type { Page } from '@playwright/test';
import { type Keyback, NEW_PASSWORD, OLD_PASSWORD, unusedAddress, unusedPhone } from '../../fixtures/keyback.ts';
import { addClient, openOwnPage } from '../../fixtures/own-page.ts';
import { targetOf, wrong } from '../../fixtures/steps.ts';
import { expect, test } from '../../fixtures/test.ts';

/** The result of a successful call of the client. */
const DONE = { errors: null };

/** Shortens the result of a failed call. */
function refusal({ errors }: { errors: APIError | null }): string {
  expect(errors?.items).toHaveLength(1);
  const item = errors?.items[0] as { origin: string; code: string; message: string } | undefined;
  expect(item?.origin).toBe((errors?.status ?? 0) < 500 ? 'client_error' : 'server_error');
  return `${errors?.status} ${item?.code}`;
}

test.describe('a server', () => {
  /** The client as an app's server uses it: with an API key. */
  async function server(keyback: Keyback, redirectUrls: string[] = []) {
    const { key } = await keyback.createKey({ redirectUrls });
    return createClient(keyback.origin, key, { apiKey: key });
  }

  test('resets a password with the token that the link brings', async ({ keyback, mailbox, app }) => {
    const email = await keyback.addAccount();
    const { auth } = await server(keyback, [`${app.origin}/auth/redirect?from=shop`]);
    expect(await auth.sendResetPwdEmail(email)).toEqual(DONE);
    const { link } = await mailbox.next(email);
    expect(link).toContain(`${keyback.origin}/agnost/auth/verify?key=tk-`);
    const target = await targetOf(link);
    expect(target.origin + target.pathname).toBe(`${app.origin}/auth/redirect`);
    expect(target.searchParams.get('from')).toBe('shop');
    expect(target.searchParams.get('action')).toBe('reset-pwd');
    expect(target.searchParams.get('status')).toBe('200');
    const token = target.searchParams.get('access_token') ?? '';
    expect(refusal(await auth.resetPwdWithToken(token, 'short'))).toBe('400 validation_errors');
    expect(await auth.resetPwdWithToken(token, NEW_PASSWORD)).toEqual(DONE);
    expect(refusal(await auth.resetPwdWithToken(token, NEW_PASSWORD))).toBe('403 invalid_access_token');
    expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
    expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(401);
  });

  test('resets a password with the code of the text message', async ({ keyback, gateway }) => {
    const { phone } = await keyback.addPerson('phone');
    const { auth } = await server(keyback);
    expect(await auth.sendResetPwdCode(phone)).toEqual(DONE);
    const { code } = await gateway.next(phone);
    expect(refusal(await auth.resetPwdWithCode(phone, wrong(code), NEW_PASSWORD))).toBe('403 invalid_access_token');
    expect(await auth.resetPwdWithCode(phone, code, NEW_PASSWORD)).toEqual(DONE);
    expect(refusal(await auth.resetPwdWithCode(phone, code, NEW_PASSWORD))).toBe('403 invalid_access_token');
    expect(await keyback.signIn(phone, NEW_PASSWORD)).toBe(200);
  });

  // The client puts the address into its URL without encoding it.
  test('reaches an address with a plus', async ({ keyback, mailbox }) => {
    const email = unusedAddress('jane+tag');
    await keyback.add(['--email', email, '--email-verified']);
    expect(await (await server(keyback)).auth.sendResetPwdEmail(email)).toEqual(DONE);
    expect((await mailbox.next(email)).subject).not.toBe('');
  });

  test('is told what stands against an account, and a page is not', async ({ keyback, mailbox, gateway }) => {
    const { key } = await keyback.createKey({ kind: 'publishable' });
    const [secret, publishable] = [await server(keyback), createClient(keyback.origin, key)];
    const unverified = async () => {
      const [email, phone] = [unusedAddress('jane'), unusedPhone()];
      await keyback.add(['--email', email, '--phone', phone]);
      return { email, phone };
    };
    const federated = async () => {
      const [email, phone] = [unusedAddress('jane'), unusedPhone()];
      await keyback.add(['--email', email, '--email-verified', '--phone', phone, '--phone-verified', '--no-password']);
      return { email, phone };
    };
    const unknown = async () => ({ email: unusedAddress(), phone: unusedPhone() });
    for (const [somebody, byMail, byPhone] of [
      [unknown, '401 invalid_credentials', '404 user_not_found'],
      [unverified, '401 email_not_verified', '401 phone_not_verified'],
      [federated, '401 invalid_provider', '401 invalid_provider'],
    ] as const) {
      const asked = await somebody();
      expect(refusal(await secret.auth.sendResetPwdEmail(asked.email))).toBe(byMail);
      expect(refusal(await secret.auth.sendResetPwdCode(asked.phone))).toBe(byPhone);
      expect([mailbox.unread(asked.email), gateway.unread(asked.phone)]).toEqual([0, 0]);
      const other = await somebody();
      expect(await publishable.auth.sendResetPwdEmail(other.email)).toEqual(DONE);
      expect(await publishable.auth.sendResetPwdCode(other.phone)).toEqual(DONE);
    }
  });

  test('reads every error in the form of the protocol', async ({ keyback }) => {
    const { key } = await keyback.createKey();
    const { key: narrow } = await keyback.createKey({ scopes: ['resets:read'] });
    const { auth } = createClient(keyback.origin, key, { apiKey: key });
    const email = unusedAddress();
    const unknown = `at-${'A'.repeat(43)}`;
    expect(refusal(await createClient(keyback.origin, 'no-key').auth.sendResetPwdEmail(email))).toBe('401 invalid_api_key');
    expect(refusal(await createClient(keyback.origin, narrow).auth.sendResetPwdEmail(email))).toBe('403 endpoint_not_allowed');
    expect(refusal(await auth.sendResetPwdEmail('nobody'))).toBe('400 validation_errors');
    expect(refusal(await auth.sendResetPwdCode('12345'))).toBe('400 validation_errors');
    expect(refusal(await auth.sendResetPwdEmail(email))).toBe('401 invalid_credentials');
    expect(refusal(await auth.sendResetPwdEmail(email))).toBe('429 rate_limit_exceeded');
    expect(refusal(await auth.resetPwdWithToken(unknown, NEW_PASSWORD))).toBe('403 invalid_access_token');
    expect(refusal(await auth.resetPwdWithToken(`tk-${'A'.repeat(43)}`, NEW_PASSWORD))).toBe('401 invalid_token_type');
    expect(refusal(await auth.resetPwdWithCode(unusedPhone(), '123456', NEW_PASSWORD))).toBe('403 invalid_access_token');
    expect((await auth.resetPwdWithToken(unknown, '1'.repeat(1025))).errors?.items).toEqual([
      {
        origin: 'client_error',
        code: 'validation_errors',
        message: expect.any(String),
        details: [{ param: 'newPassword', msg: expect.any(String) }],
      },
    ]);
  });

  // The promise of the client never settles if an error isn't JSON.
  test('is answered by every layer before the calls', async ({ keyback }) => {
    const { auth } = await server(keyback);
    const tooLarge = await auth.resetPwdWithToken('at-1', 'x'.repeat(20_000));
    expect(refusal(tooLarge)).toBe('413 request_body_size_too_large');
    expect(refusal(await auth.getAuthGrant('at-1'))).toBe('404 resource_not_found');
    expect(refusal(await auth.signUpWithEmail(unusedAddress(), NEW_PASSWORD))).toBe('404 resource_not_found');
    const { key } = await keyback.createKey();
    const below = createClient(`${keyback.origin}/agnost`, key);
    expect(refusal(await below.auth.sendResetPwdEmail(unusedAddress()))).toBe('404 resource_not_found');
  });
});

test.describe('a page of an app', () => {
  /** The key that is shipped with the page, which anybody can read. */
  async function shipped(keyback: Keyback, app: { origin: string }): Promise<string> {
    const redirectUrls = [`${app.origin}/own-page`];
    return (await keyback.createKey({ kind: 'publishable', origins: [app.origin], redirectUrls })).key;
  }

  function sendResetPwdEmail(page: Page, url: string, key: string, email: string) {
    return page.evaluate(
      ([url, key, email]) => altogic.createClient(url, key).auth.sendResetPwdEmail(email),
      [url, key, email] as const,
    );
  }

  test('resets a password with the link', async ({ keyback, mailbox, app, page, watch }) => {
    const email = await keyback.addAccount();
    const key = await shipped(keyback, app);
    await openOwnPage(page, app, 'altogic');
    expect(await sendResetPwdEmail(page, keyback.origin, key, email)).toEqual(DONE);

    await page.goto((await mailbox.next(email)).link);
    await expect(page).toHaveURL(new RegExp(`^${app.origin}/own-page\\?access_token=at-`));
    await addClient(page, 'altogic');
    const set = (password: string) =>
      page.evaluate(
        ([url, key, password]) => {
          const told = new URLSearchParams(location.search);
          if (told.get('action') !== 'reset-pwd' || told.get('status') !== '200') throw new Error(location.search);
          return altogic.createClient(url, key).auth.resetPwdWithToken(told.get('access_token') ?? '', password);
        },
        [keyback.origin, key, password] as const,
      );
    watch.expectComplaint(/status of 4\d\d/);
    expect(refusal(await set('short'))).toBe('400 validation_errors');
    expect(await set(NEW_PASSWORD)).toEqual(DONE);
    expect(refusal(await set(NEW_PASSWORD))).toBe('403 invalid_access_token');
    expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
  });

  test('resets a password with the code', async ({ keyback, gateway, app, page, watch }) => {
    const { phone } = await keyback.addPerson('phone');
    const key = await shipped(keyback, app);
    await openOwnPage(page, app, 'altogic');
    const sent = await page.evaluate(
      // Like pages that have an API key in addition to the client key.
      ([url, key, phone]) => altogic.createClient(url, key, { apiKey: key }).auth.sendResetPwdCode(phone),
      [keyback.origin, key, phone] as const,
    );
    expect(sent).toEqual(DONE);
    const { code } = await gateway.next(phone);
    const set = (code: string) =>
      page.evaluate(
        ([url, key, phone, code, password]) => altogic.createClient(url, key).auth.resetPwdWithCode(phone, code, password),
        [keyback.origin, key, phone, code, NEW_PASSWORD] as const,
      );
    watch.expectComplaint(/status of 4\d\d/);
    expect(refusal(await set(wrong(code)))).toBe('403 invalid_access_token');
    expect(await set(code)).toEqual(DONE);
    expect(await keyback.signIn(phone, NEW_PASSWORD)).toBe(200);
  });

  test('is led back by a dead link, and told why', async ({ keyback, mailbox, app, page }) => {
    const email = await keyback.addAccount();
    const key = await shipped(keyback, app);
    const { auth } = createClient(keyback.origin, key);
    expect(await auth.sendResetPwdEmail(email)).toEqual(DONE);
    const { link } = await mailbox.next(email);
    const token = (await targetOf(link)).searchParams.get('access_token') ?? '';
    expect(await auth.resetPwdWithToken(token, NEW_PASSWORD)).toEqual(DONE);
    app.publish('/own-page', '<h1>A page of the app</h1>');
    await page.goto(`${link}&redirect=${encodeURIComponent(`${app.foreignOrigin}/sign-in`)}`);
    const { origin, pathname, searchParams } = new URL(page.url());
    expect(origin + pathname).toBe(`${app.origin}/own-page`);
    expect(searchParams.get('status')).toBe('401');
    expect(searchParams.get('code')).toBe('invalid_access_token');
    expect(searchParams.get('error')).toContain('Ask for a new one');
  });

  // The client sends the app's session in a header, which the preflight must allow.
  test('reads errors too, whatever else its client sends', async ({ keyback, app, page, watch }) => {
    const key = await shipped(keyback, app);
    await openOwnPage(page, app, 'altogic');
    await page.evaluate(() => localStorage.setItem('session', JSON.stringify({ userId: '1', token: 'sn-1' })));
    watch.expectComplaint(/status of 4\d\d/);
    expect(refusal(await sendResetPwdEmail(page, keyback.origin, 'no-key', unusedAddress()))).toBe('401 invalid_api_key');
    expect(refusal(await sendResetPwdEmail(page, keyback.origin, key, 'nobody'))).toBe('400 validation_errors');
    const email = unusedAddress();
    expect(await sendResetPwdEmail(page, keyback.origin, key, email)).toEqual(DONE);
    expect(refusal(await sendResetPwdEmail(page, keyback.origin, key, email))).toBe('429 rate_limit_exceeded');
    const grant = await page.evaluate(
      ([url, key]) => altogic.createClient(url, key).auth.getAuthGrant('at-1'),
      [keyback.origin, key] as const,
    );
    expect(refusal(grant)).toBe('404 resource_not_found');
    expect(await page.evaluate(() => localStorage.getItem('session'))).not.toBeNull();
  });

  test('on another origin is refused by the browser, and nothing is sent', async ({ keyback, mailbox, app, page, watch }) => {
    const email = await keyback.addAccount();
    const key = await shipped(keyback, app);
    await openOwnPage(page, app, 'altogic', app.foreignOrigin);
    watch.expectComplaint(/blocked by CORS policy|net::ERR_FAILED/);
    await expect(sendResetPwdEmail(page, keyback.origin, key, email)).rejects.toThrow(/Network request failed/);
    // Without a browser, a caller can send any origin, and the server refuses foreign ones.
    const forged = await fetch(`${keyback.origin}/_api/rest/v1/auth/send-reset?email=${email}`, {
      method: 'POST',
      headers: { 'x-client-key': key, origin: app.foreignOrigin },
    });
    expect(forged.status).toBe(403);
    expect(mailbox.unread(email)).toBe(0);
  });
});
