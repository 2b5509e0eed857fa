// Too many requests at once: with JavaScript, the page continues automatically; without it, after a short wait. Nothing
// that was typed is lost.

import type { Page } from '@playwright/test';
import { startCrowded, startVeryCrowded } from '../fixtures/crowd.ts';
import { type Keyback, unusedAddress } from '../fixtures/keyback.ts';
import { lookAt } from '../fixtures/states.ts';
import { ask, heading } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

const TITLE = 'One moment, please';

function continueButton(page: Page) {
  return page.getByRole('button', { name: 'Continue', exact: true });
}

test('a person who asks while very many people do gets their mail', async ({ page, mailbox, gateway, app, watch, javaScriptEnabled }) => {
  test.setTimeout(90_000);
  const keyback = await startCrowded({ mailbox, gateway, app });
  watch.allow(keyback.origin);
  const visited: string[] = [];
  page.on('framenavigated', (frame) => visited.push(new URL(frame.url()).pathname));
  const email = await keyback.addAccount();
  await ask(page, email, `${keyback.origin}/forgot-password`);
  if (!javaScriptEnabled) {
    await expect(heading(page, TITLE)).toBeVisible();
    await expect(page.getByText(email)).toBeVisible();
    await continueButton(page).click();
    await expect(page.getByText(/^Wait 0:(20|1\d), then press Continue\.$/)).toBeVisible();
    await goOnAfterTheWait(page);
  }
  // With JavaScript, the person doesn't have to do anything.
  await expect(heading(page, 'Check your e-mail')).toBeVisible({ timeout: 20_000 });
  expect(visited).toContain('/one-moment');
  await expect(page.getByText(email)).toBeVisible();
  await mailbox.next(email);
  expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['__Host-keyback']);
  await keyback.stop();
});

test('a person for whom no room is left waits and then gets through', async ({ page, mailbox, gateway, app, watch, javaScriptEnabled }, info) => {
  test.setTimeout(120_000);
  const world = { page, mailbox, gateway, app, javaScriptEnabled };
  const keyback: Keyback = await startVeryCrowded(world);
  watch.allow(keyback.origin);
  const email = unusedAddress('jane');
  const reach = async () => {
    await ask(page, email, `${keyback.origin}/forgot-password`);
    // With JavaScript, the page tries immediately and finds that part of the reserve used up.
    if (javaScriptEnabled) await expect(page.getByRole('alert')).toBeVisible();
  };
  await lookAt({ name: 'one-moment', heading: TITLE, reach }, { ...world, keyback }, info);
  if (javaScriptEnabled) {
    await expect(page.getByRole('status')).toHaveText('You do not need to do anything. This page continues by itself.');
  } else {
    await goOnAfterTheWait(page);
  }
  await expect(heading(page, 'Check your e-mail')).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText(email)).toBeVisible();
  await keyback.stop();
});

/** Without JavaScript, the page doesn't show when the wait is over, so try until it is. */
async function goOnAfterTheWait(page: Page): Promise<void> {
  await expect(async () => {
    await continueButton(page).click();
    await expect(heading(page, 'Check your e-mail')).toBeVisible({ timeout: 1_000 });
  }).toPass({ intervals: [3_000], timeout: 60_000 });
}
