// Mistakes that people make: the page explains them, keeps what was typed, and works on the next try.

import { NEW_PASSWORD, unusedAddress } from '../fixtures/keyback.ts';
import {
  askAndRead, askForLink, enterPassword, expectDone, expectForm, heading, identifierField, openLink, sendButton,
} from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Page } from '@playwright/test';

async function ask(page: Page, email: string) {
  const answered = page.waitForResponse(
    (response) => new URL(response.url()).pathname === '/forgot-password' && response.request().method() === 'GET',
  );
  await identifierField(page).fill(email);
  await sendButton(page).click();
  return await answered;
}

test('an empty address is asked for again', async ({ page, keyback }) => {
  await page.goto('/forgot-password');
  const answer = await ask(page, '');
  expect(answer.status()).toBe(422);
  await expect(page.getByRole('alert')).toHaveText('Enter your e-mail address, phone number or username.');
  await askForLink(page, await keyback.addAccount());
});

const MALFORMED = {
  'a malformed address': ['jane@example..org', 'That is not a complete e-mail address.'],
  'a name with a space': ['jane doe', 'That cannot be a username'],
  'a number that is too short': ['+1 202 5', 'That is not a complete phone number.'],
} as const;

for (const [what, [typed, told]] of Object.entries(MALFORMED)) {
  test(`${what} stays in the field, is marked, and can be mended`, async ({ page, keyback, mailbox }) => {
    const email = await keyback.addAccount();
    await page.goto('/');
    const answer = await ask(page, typed);
    expect(answer.status()).toBe(422);
    await expect(page.getByRole('alert')).toContainText(told);
    const field = identifierField(page);
    await expect(field).toHaveValue(typed);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(new RegExp(told));

    await field.fill(email);
    await sendButton(page).click();
    await expect(heading(page, 'Check your e-mail')).toBeVisible();
    expect((await mailbox.next(email)).link).not.toBe('');
  });
}

test('a notice is told once', async ({ page }) => {
  await page.goto('/forgot-password');
  await ask(page, 'no sense');
  await expect(page.getByRole('alert')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

for (const known of [true, false]) {
  test(`asking twice within a minute is answered with how long to wait, for ${known ? 'a known' : 'an unknown'} address`, async ({ page, keyback }) => {
    const email = known ? await keyback.addAccount() : unusedAddress();
    await askForLink(page, email);
    await page.getByRole('link', { name: 'Enter another address or ask again' }).click();
    const answer = await ask(page, email);

    expect(answer.status()).toBe(429);
    const seconds = Number(await answer.headerValue('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    await expect(page.getByRole('alert')).toContainText(`again in ${seconds} second`);
    await expect(identifierField(page)).toHaveValue(email);

    // The wait doesn't affect other addresses.
    await askForLink(page, await keyback.addAccount());
  });
}

test('every password that is refused is refused with its reason, and the form works at the next try', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const ownName = email.split('@')[0] ?? '';
  await openLink(page, await askAndRead(page, mailbox, email));

  const refused: [string, string, string][] = [
    ['', '', 'Enter a new password.'],
    [NEW_PASSWORD, `${NEW_PASSWORD}!`, 'The two passwords are not the same.'],
    [NEW_PASSWORD, '', 'The two passwords are not the same.'],
    ['xq7zb9v', 'xq7zb9v', 'The password is too short. Use at least 8 characters.'],
    ['Password1', 'Password1', 'on a list of leaked or common passwords'],
    [ownName, ownName, 'made of your own name, your address'],
    [email, email, 'made of your own name, your address'],
    ['HarbourHarbour', 'HarbourHarbour', 'or the name of this service'],
    ['summer2024', 'summer2024', 'on a list of leaked or common passwords'],
    ['a'.repeat(15), 'a'.repeat(15), 'This password is easy to guess.'],
    ['x'.repeat(257), 'x'.repeat(257), 'The password is too long. Use at most 256 characters.'],
  ];
  for (const [password, again, reason] of refused) {
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/reset-password');
    await enterPassword(page, password, again);
    expect((await answered).status(), reason).toBe(422);
    await expectForm(page);
    await expect(page.getByRole('alert')).toContainText(reason);
    // Passwords are never sent back to the page.
    await expect(page.getByLabel('New password', { exact: true })).toHaveValue('');
  }
  await enterPassword(page);
  await expectDone(page);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
});

test('a password in any script and of any length up to 256 characters is taken as it is', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const password = ` Grüße 🦊 ${'ζωή καλή '.repeat(20)} `;
  await openLink(page, await askAndRead(page, mailbox, email));
  await enterPassword(page, password);
  await expectDone(page);
  expect(await keyback.signIn(email, password)).toBe(200);
  expect(await keyback.signIn(email, password.trim())).toBe(401);
});
