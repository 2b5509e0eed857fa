// The whole journey with only the keyboard: the order of the fields, Enter, and a visible focus.

import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import {
  codeField, expectCodePage, expectDone, expectForm, heading, identifierField, sendButton, wrong,
} from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Locator, Page } from '@playwright/test';

async function tabTo(page: Page, target: Locator): Promise<void> {
  await page.keyboard.press('Tab');
  await expect(target).toBeFocused();
  const outline = await target.evaluate((element) => {
    const style = getComputedStyle(element);
    return { style: style.outlineStyle, width: Number.parseFloat(style.outlineWidth) };
  });
  expect(outline.style).toBe('solid');
  expect(outline.width).toBeGreaterThanOrEqual(2);
}

test('the journey needs no mouse', async ({ page, keyback, mailbox, app, javaScriptEnabled }) => {
  const email = await keyback.addAccount();
  await page.goto('/forgot-password');
  await tabTo(page, identifierField(page));
  await page.keyboard.type(email);
  await tabTo(page, sendButton(page));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Check your e-mail')).toBeVisible();

  const mail = await mailbox.next(email);
  await tabTo(page, page.getByRole('link', { name: 'Enter the code from the message' }));
  await page.keyboard.press('Enter');
  await expectCodePage(page);
  await tabTo(page, codeField(page));
  await page.keyboard.type(mail.code);
  await page.keyboard.press('Enter');
  await expectForm(page);

  const reveal = page.getByRole('button', { name: 'Show password' });
  if (javaScriptEnabled) await expect(reveal).toBeVisible();
  await tabTo(page, page.getByLabel('Account'));
  if (javaScriptEnabled) await tabTo(page, reveal);
  await tabTo(page, page.getByLabel('New password', { exact: true }));
  await page.keyboard.type(NEW_PASSWORD);
  await tabTo(page, page.getByLabel('New password, once more'));
  await page.keyboard.type(NEW_PASSWORD);
  await tabTo(page, page.getByRole('button', { name: 'Set the new password' }));
  await page.keyboard.press('Space');
  await expectDone(page);

  await tabTo(page, page.getByRole('link', { name: 'Back to the app' }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${app.origin}/sign-in`);
});

test('the field for a text message comes first, then its button, then the ways to another code', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  await page.goto('/forgot-password');
  await tabTo(page, identifierField(page));
  await page.keyboard.type(phone);
  await page.keyboard.press('Enter');
  await expectCodePage(page);

  const { code } = await gateway.next(phone);
  await tabTo(page, codeField(page));
  await page.keyboard.type(wrong(code));
  await tabTo(page, page.getByRole('button', { name: 'Go on' }));
  await tabTo(page, page.getByRole('button', { name: 'Send a new code' }));
  await tabTo(page, page.getByRole('button', { name: 'Send a code by e-mail' }));
  await tabTo(page, page.getByRole('link', { name: 'Enter something else' }));
  for (let back = 1; back <= 4; back += 1) await page.keyboard.press('Shift+Tab');
  await expect(codeField(page)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();

  await tabTo(page, codeField(page));
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await expectForm(page);
});
