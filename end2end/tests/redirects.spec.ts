// An app as the redirect target of a link, and the default target `/auth-redirect`.

import {
  ask, askAndRead, enterPassword, expectDone, expectForm, heading, identifierField, sendButton,
} from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

function ownPath(appOrigin: string): string {
  return `/forgot-password?redirect_url=${encodeURIComponent(`${appOrigin}/auth/redirect?from=app`)}`;
}

test('a registered redirect target gets the token, keeps its own query, and can hand on to our form', async ({ page, keyback, mailbox, app }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount(), ownPath(app.origin));

  await page.goto(mail.link);
  await expect(page.getByRole('heading', { name: 'Welcome back to the app' })).toBeVisible();
  const arrived = new URL(page.url());
  expect(arrived.origin + arrived.pathname).toBe(`${app.origin}/auth/redirect`);
  expect([...arrived.searchParams.keys()]).toEqual(['from', 'access_token', 'action', 'status']);
  expect(arrived.searchParams.get('from')).toBe('app');
  expect(arrived.searchParams.get('access_token')).toMatch(/^at-[\w-]{43}$/);
  expect(arrived.searchParams.get('action')).toBe('reset-pwd');
  expect(arrived.searchParams.get('status')).toBe('200');

  await page.goto(`/auth-redirect${arrived.search}`);
  await expectForm(page);
  await expect(page).toHaveURL('/reset-password');
  await enterPassword(page);
  await expectDone(page);

  await page.goto(mail.link);
  await expect(page.getByRole('heading', { name: 'Welcome back to the app' })).toBeVisible();
  const refused = new URL(page.url());
  expect(refused.searchParams.get('status')).toBe('401');
  expect(refused.searchParams.get('code')).toBe('invalid_access_token');
  expect(refused.searchParams.has('access_token')).toBe(false);

  // An access token is no longer valid once its request is completed.
  await page.goto(`/auth-redirect${arrived.search}`);
  await expect(heading(page, 'This link no longer works')).toBeVisible();
});

test('a redirect target survives a mistake in the form', async ({ page, keyback, mailbox, app }) => {
  const email = await keyback.addAccount();
  await ask(page, 'no sense', ownPath(app.origin));
  await expect(page.getByRole('alert')).toBeVisible();
  await identifierField(page).fill(email);
  await sendButton(page).click();
  const mail = await mailbox.next(email);
  await page.goto(mail.link);
  await expect(page.getByRole('heading', { name: 'Welcome back to the app' })).toBeVisible();
});

test('an unregistered redirect target is refused and never used', async ({ page, keyback, mailbox, app }) => {
  const email = await keyback.addAccount();
  const targets = [
    'https://evil.example/',
    '//evil.example',
    'javascript:alert(1)',
    `${app.origin}/auth/redirect`,
    `${app.origin}/auth/redirect?from=app&more=1`,
    `${app.origin}@evil.example/auth/redirect?from=app`,
  ];
  for (const target of targets) {
    const answer = await page.goto(`/forgot-password?redirect_url=${encodeURIComponent(target)}`);
    expect(answer?.status(), target).toBe(400);
    await expect(page.getByRole('alert')).toContainText('an address that is not registered');
    await expect(page.locator('input[name="redirect_url"]'), 'it does not stay in the form').toHaveCount(0);
  }
  // The person isn't stuck: the link then leads to our own page.
  await identifierField(page).fill(email);
  await sendButton(page).click();
  await expect(page).toHaveURL('/check-inbox');
  await page.goto((await mailbox.next(email)).link);
  await expect(page).toHaveURL('/reset-password');
  expect(mailbox.unread(email)).toBe(0);
});

test('error parameters are answered with our own words, not with theirs', async ({ page }) => {
  const answer = await page.goto('/auth-redirect?action=reset-pwd&status=401&code=x1&error=Call%20the%20number%20below');
  expect(answer?.status()).toBe(410);
  await expect(heading(page, 'This link no longer works')).toBeVisible();
  await expect(page.locator('body')).not.toContainText('Call the number');
});

test('the redirect target without anything says what it is for', async ({ page }) => {
  const answer = await page.goto('/auth-redirect');
  expect(answer?.status()).toBe(404);
  await expect(heading(page, 'Nothing to do here')).toBeVisible();
  await page.getByRole('link', { name: 'Ask for a new password' }).click();
  await expect(heading(page, 'Forgot your password?')).toBeVisible();
});

test('a token with another action, or a made-up token, is a dead link, and a part of one is unreadable', async ({ page }) => {
  const token = `at-${'A'.repeat(43)}`;
  for (const query of [`?access_token=${token}&action=reset-pwd`, `?access_token=${token}&action=sign-in`]) {
    await page.goto(`/auth-redirect${query}`);
    await expect(page).toHaveURL('/link-expired');
    await expect(heading(page, 'This link no longer works')).toBeVisible();
  }
  for (const query of ['?access_token=at-x&action=reset-pwd', '?access_token=']) {
    await page.goto(`/auth-redirect${query}`);
    await expect(page).toHaveURL('/link-unreadable');
    await expect(heading(page, 'We cannot read this link')).toBeVisible();
  }
});

test('the parameter `redirect` of a link decides nothing', async ({ page, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  await page.goto(`${mail.link}&redirect=https%3A%2F%2Fevil.example%2F`);
  await expectForm(page);
  await page.goto('/verify?key=tk-' + 'A'.repeat(43) + '&redirect=https%3A%2F%2Fevil.example%2F');
  await expect(page).toHaveURL('/link-expired');
});

test('password managers find the way to the page', async ({ page, keyback, request }) => {
  const answer = await request.get('/.well-known/change-password', { maxRedirects: 0 });
  expect(answer.status()).toBe(303);
  expect(answer.headers()['location']).toBe('/forgot-password');
  await page.goto('/.well-known/change-password');
  await expect(page).toHaveURL(`${keyback.origin}/forgot-password`);
  await expect(heading(page, 'Forgot your password?')).toBeVisible();

  const other = await page.goto('/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200');
  expect(other?.status()).toBe(404);
  await expect(heading(page, 'There is no such page')).toBeVisible();
});
