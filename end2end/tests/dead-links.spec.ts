// Links that no longer work lead to the same page, whatever the reason, with a button to request a new one. Also: pages
// that are opened without the state that they need.

import { randomBytes } from 'node:crypto';
import { askAndRead, askForLink, enterPassword, expectDone, expectForm, heading, openLink } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Page } from '@playwright/test';

async function expectDeadLink(page: Page, link: string): Promise<string> {
  const answer = await page.goto(link);
  expect(answer?.status()).toBe(410);
  await expect(page).toHaveURL('/link-expired');
  await expect(heading(page, 'This link no longer works')).toBeVisible();
  return await page.locator('body').innerText();
}

test('used, unknown and cancelled links all lead to the same words', async ({ page, keyback, mailbox }) => {
  const used = await askAndRead(page, mailbox, await keyback.addAccount());
  await openLink(page, used);
  await enterPassword(page);
  await expectDone(page);

  const cancelled = await askAndRead(page, mailbox, await keyback.addAccount());
  await page.goto(cancelled.notMeLink);
  await page.getByRole('button', { name: 'End the request' }).click();
  await expect(heading(page, 'Done')).toBeVisible();

  const unknown = `/verify?key=tk-${randomBytes(32).toString('base64url')}&action=reset-pwd`;
  const words = new Set<string>();
  for (const link of [used.link, cancelled.link, unknown]) {
    words.add(await expectDeadLink(page, link));
  }
  expect(words.size).toBe(1);
});

test('a link that cannot be read is not called expired, and its message still works', async ({ page, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  const cut = mail.link.replace(/(key=tk-.{40}).*/, '$1');
  for (const link of [cut, '/verify?key=tk-short', '/verify', '/verify?key=']) {
    const answer = await page.goto(link);
    expect(answer?.status()).toBe(400);
    await expect(page).toHaveURL('/link-unreadable');
    await expect(heading(page, 'We cannot read this link')).toBeVisible();
  }
  await page.getByRole('link', { name: 'Enter the code from the message' }).click();
  await expect(heading(page, 'Enter the code')).toBeVisible();
  await openLink(page, mail);
});

test('a link with what a mail program added opens the form', async ({ page, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  const key = new URL(mail.link).searchParams.get('key') ?? '';
  for (const mangled of [`${key})`, `${key}.`, `<${key}>`, `${key.slice(0, 20)}\r\n ${key.slice(20)}`, `=3D${key}`, `TK${key.slice(2)}`]) {
    await page.goto(`/verify?key=${encodeURIComponent(mangled)}`);
    await expectForm(page);
  }
});

test('one click on the page of a dead link leads to a new link', async ({ page, keyback }) => {
  await page.goto('/link-expired');
  await page.getByRole('link', { name: 'Ask for a new link' }).click();
  await expect(heading(page, 'Forgot your password?')).toBeVisible();
  await askForLink(page, await keyback.addAccount());
});

test('a form that was left open when the password was set elsewhere says that its link is over', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  const other = await anotherBrowser();
  await openLink(page, mail);
  await openLink(other, mail);
  await enterPassword(other);
  await expectDone(other);

  await enterPassword(page, 'pelican drizzle envelope 7');
  await expect(page.getByRole('link', { name: 'Ask for a new link' })).toBeVisible();
});

test('the form without a session says how to start again', async ({ page }) => {
  const answer = await page.goto('/reset-password');
  expect(answer?.status()).toBe(403);
  await expect(heading(page, 'Let us start again')).toBeVisible();
  await page.getByRole('link', { name: 'Ask for a new link' }).click();
  await expect(heading(page, 'Forgot your password?')).toBeVisible();
});

for (const path of ['/check-inbox', '/code']) {
  test(`${path} without a request leads to the page to ask`, async ({ page }) => {
    await page.goto(path);
    await expect(page).toHaveURL('/forgot-password');
    await expect(heading(page, 'Forgot your password?')).toBeVisible();
  });
}

test('an address that leads nowhere says so', async ({ page }) => {
  const answer = await page.goto('/no/such/page');
  expect(answer?.status()).toBe(404);
  await expect(heading(page, 'There is no such page')).toBeVisible();
});
