// The code from the email, entered in the browser that requested the reset: for people who read email on another
// device.

import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import type { Mail, Mailbox } from '../fixtures/mailbox.ts';
import {
  askAndRead, codeField, enterCode, enterPassword, expectCodePage, expectDone, expectForm, goToCode, wrong,
} from '../fixtures/steps.ts';
import { expect, needsScript, test } from '../fixtures/test.ts';
import type { Page } from '@playwright/test';

async function askAndGoToCode(page: Page, mailbox: Mailbox, email: string): Promise<Mail> {
  const mail = await askAndRead(page, mailbox, email);
  await goToCode(page);
  return mail;
}

test('the code leads to the form in the browser that asked', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndGoToCode(page, mailbox, email);
  await expect(page.getByText(`If there is an account for ${email}, an e-mail with a code is on its way.`)).toBeVisible();

  await enterCode(page, mail.code);

  await expectForm(page);
  await expect(page).toHaveURL('/reset-password');
  await enterPassword(page);
  await expectDone(page);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
});

test('the code may be given without its space', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndGoToCode(page, mailbox, email);
  await enterCode(page, mail.digits);
  await expectForm(page);
});

test.describe('from the clipboard', () => {
  needsScript();

  test('a code that is pasted with spaces all over leads to the form', async ({ page, keyback, mailbox }) => {
    const email = await keyback.addAccount();
    const mail = await askAndGoToCode(page, mailbox, email);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate((text) => navigator.clipboard.writeText(text), ` ${mail.code} `);

    await codeField(page).focus();
    await page.keyboard.press('ControlOrMeta+V');
    await expect(codeField(page)).toHaveValue(` ${mail.code} `);
    await page.keyboard.press('Enter');

    await expectForm(page);
  });
});

test('a wrong code is refused in words that help, and the right one still works', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndGoToCode(page, mailbox, email);
  for (const code of [wrong(mail.code), '', 'not a code']) {
    await enterCode(page, code);
    await expect(page.getByRole('alert')).toContainText('That code is not right, or no longer good.');
    await expect(codeField(page)).toHaveAttribute('aria-invalid', 'true');
  }
  await enterCode(page, mail.code);
  await expectForm(page);
});

test('after five wrong codes the right one is refused in the same words, and the link still works', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndGoToCode(page, mailbox, email);
  const said: string[] = [];
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/code');
    await enterCode(page, attempt === 6 ? mail.code : wrong(mail.code));
    expect((await answered).status()).toBe(422);
    await expectCodePage(page);
    said.push(await page.getByRole('alert').innerText());
  }
  expect(new Set(said).size).toBe(1);

  await page.goto(mail.link);
  await expectForm(page);
});

test('a code is worth nothing in another browser', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndGoToCode(page, mailbox, email);
  const other = await anotherBrowser();
  await askAndGoToCode(other, mailbox, await keyback.addAccount());
  await enterCode(other, mail.code);
  await expect(other.getByRole('alert')).toContainText('That code is not right');
});
