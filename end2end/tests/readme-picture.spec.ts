// Takes the picture of the form in the README, docs/images/new-password.png, when asked to with KEYBACK_SCREENSHOT=1.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reachState, STATES } from '../fixtures/states.ts';
import { expect, test } from '../fixtures/test.ts';

const PICTURE = resolve(import.meta.dirname, '../../docs/images/new-password.png');

test.use({ viewport: { width: 720, height: 850 }, deviceScaleFactor: 2 });

test('the picture in the README shows the form', async ({ page, keyback, mailbox, gateway, app, javaScriptEnabled }, info) => {
  test.skip(process.env['KEYBACK_SCREENSHOT'] !== '1', 'the picture is taken when KEYBACK_SCREENSHOT=1');
  test.skip(info.project.name !== 'js desktop', 'one picture is enough');
  const state = STATES.find(({ name }) => name === 'form-with-good-password');
  if (state === undefined) throw new Error('there is no such state');
  await reachState(state, { page, keyback, mailbox, gateway, app, javaScriptEnabled });
  await page.getByLabel('New password', { exact: true }).focus();
  await page.screenshot({ path: PICTURE, caret: 'hide' });
  expect((await stat(PICTURE)).size).toBeLessThanOrEqual(120_000);
});
