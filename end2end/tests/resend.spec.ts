// "Nothing arrived?" after the cooldown: a new code by the same or another channel.

import { stranger } from '../fixtures/keyback.ts';
import {
  askAndRead, askForCode, codeField, cooldownOver, enterCode, enterPassword, expectCodePage, expectDone, expectForm,
  goToCode, wordsOf,
} from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Page } from '@playwright/test';

test.use({ cooldown: '1s' });

const REFUSED = 'That code is not right, or no longer good.';

async function sendAgain(page: Page, button: string): Promise<void> {
  await cooldownOver(page);
  await page.getByRole('button', { name: button }).click();
  await expect(page.getByRole('status')).toHaveText('If there is an account, a new code is on its way. Only the newest code works.');
  await expectCodePage(page);
}

test('a new code makes the old one void', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  await askForCode(page, phone);
  const old = await gateway.next(phone);
  await sendAgain(page, 'Send a new code');
  const fresh = await gateway.next(phone);
  await expect(page.locator('p.timer:visible').first()).toHaveText(/^Time left for this code: (10:00|9:5\d)$/);

  await enterCode(page, old.code);
  await expect(page.getByRole('alert')).toContainText(REFUSED);
  await enterCode(page, fresh.code);
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
});

test('that it was sent is told once', async ({ page }) => {
  await askForCode(page, stranger().phone);
  await sendAgain(page, 'Send a new code');
  await page.reload();
  await expectCodePage(page);
  await expect(page.getByRole('status')).toHaveCount(0);
});

test('a new code gives five tries again', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  await askForCode(page, phone);
  await gateway.next(phone);
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    await enterCode(page, '0000');
    await expect(page.getByRole('alert')).toContainText(REFUSED);
  }
  await sendAgain(page, 'Send a new code');
  await enterCode(page, (await gateway.next(phone)).code);
  await expectForm(page);
});

test('by phone, the code comes by e-mail instead', async ({ page, keyback, gateway, mailbox }) => {
  const { phone, email } = await keyback.addPerson('phone', 'email');
  await askForCode(page, phone);
  const text = await gateway.next(phone);
  await sendAgain(page, 'Send a code by e-mail');
  const mail = await mailbox.next(email);
  expect(gateway.unread(phone)).toBe(0);
  await expect(codeField(page)).toHaveAccessibleDescription(/8 digits/);

  await enterCode(page, text.code);
  await expect(page.getByRole('alert')).toContainText(REFUSED);
  await enterCode(page, mail.code);
  await expectForm(page);
});

test('by username, the code comes by e-mail instead', async ({ page, keyback, gateway, mailbox }) => {
  const { phone, email, username } = await keyback.addPerson('phone', 'email', 'username');
  await askForCode(page, username);
  await gateway.next(phone);
  await sendAgain(page, 'Send a code by e-mail');
  await enterCode(page, (await mailbox.next(email)).code);
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
  await gateway.next(phone);
  expect(gateway.unread(phone)).toBe(0);
});

test('by e-mail address, the code comes by text message instead', async ({ page, keyback, gateway, mailbox }) => {
  const { phone, email } = await keyback.addPerson('phone', 'email');
  const mail = await askAndRead(page, mailbox, email);
  await goToCode(page);
  await sendAgain(page, 'Send a code by text message');
  const text = await gateway.next(phone);
  expect(mailbox.unread(email)).toBe(0);

  await enterCode(page, mail.code);
  await expect(page.getByRole('alert')).toContainText(REFUSED);
  await enterCode(page, text.code);
  await expectForm(page);
});

test('where there is no mailbox, the code comes by text message once more', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  await askForCode(page, phone);
  await gateway.next(phone);
  await sendAgain(page, 'Send a code by e-mail');
  await enterCode(page, (await gateway.next(phone)).code);
  await expectForm(page);
});

test('what is said of a new code does not tell whether there is an account', async ({ page, keyback, gateway }) => {
  const [somebody, nobody] = [await keyback.addPerson('phone', 'username'), stranger('jane')];
  for (const by of ['phone', 'username'] as const) {
    const said: string[] = [];
    for (const person of [nobody, somebody]) {
      await askForCode(page, person[by]);
      await cooldownOver(page);
      await page.getByRole('button', { name: 'Send a code by e-mail' }).click();
      await expect(page.getByRole('status')).toBeVisible();
      said.push((await wordsOf(page, person[by])).replace(' You can ask for one in TIME.', ''));
    }
    expect(said[0]).toBe(said[1]);
  }
  expect(gateway.unread(nobody.phone)).toBe(0);
});

test('the third code is the last for a while, and the page says for how long', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  await askForCode(page, phone);
  await gateway.next(phone);
  for (let again = 1; again <= 2; again += 1) {
    await sendAgain(page, 'Send a new code');
    if (again === 1) await gateway.next(phone);
  }
  const { code } = await gateway.next(phone);
  await cooldownOver(page);
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await expect(page.getByRole('alert')).toContainText(/Too many requests\. Please try again in 1[45] minutes\. If we sent you an e-mail before/);
  await enterCode(page, code);
  await expectForm(page);
});
