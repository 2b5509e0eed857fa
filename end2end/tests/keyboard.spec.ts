// The whole journey with the keyboard alone: the order of the fields, Enter, and a focus that can be seen.

import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import { expectDone, expectForm, heading } from '../fixtures/steps.ts';
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
  await tabTo(page, page.getByLabel('E-mail address'));
  await page.keyboard.type(email);
  await tabTo(page, page.getByRole('button', { name: 'Send the link' }));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Check your e-mail')).toBeVisible();

  const mail = await mailbox.next(email);
  await tabTo(page, page.getByLabel('Code from the message'));
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
