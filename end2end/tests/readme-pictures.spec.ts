// Takes the pictures for the README, docs/images/*.png, when asked to with KEYBACK_SCREENSHOT=1.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { reachState, STATES } from '../fixtures/states.ts';
import { askAndRead } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

test.use({ viewport: { width: 720, height: 850 }, deviceScaleFactor: 2 });

test.beforeEach(({}, info) => {
  test.skip(process.env['KEYBACK_SCREENSHOT'] !== '1', 'the pictures are taken when KEYBACK_SCREENSHOT=1');
  test.skip(info.project.name !== 'js desktop', 'one picture of each is enough');
});

async function take(page: Page, name: string): Promise<void> {
  const path = resolve(import.meta.dirname, `../../docs/images/${name}.png`);
  await page.screenshot({ path, caret: 'hide' });
  expect((await stat(path)).size).toBeLessThanOrEqual(200_000);
}

test('the picture "ask" shows the first page', async ({ page }) => {
  await page.goto('/forgot-password');
  await take(page, 'ask');
});

test('the picture "mail" shows the message', async ({ page, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  await page.goto('about:blank');
  await page.setContent(mail.html);
  await take(page, 'mail');
});

test('the picture "new-password" shows the form', async ({ page, keyback, mailbox, gateway, app, javaScriptEnabled }) => {
  const state = STATES.find(({ name }) => name === 'form-with-good-password');
  if (state === undefined) throw new Error('there is no such state');
  await reachState(state, { page, keyback, mailbox, gateway, app, javaScriptEnabled });
  await page.getByLabel('New password', { exact: true }).focus();
  await take(page, 'new-password');
});
