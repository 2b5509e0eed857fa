// A person whose browser speaks German: pages, mistakes and messages.

import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import { heading } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

test.use({ locale: 'de-DE' });

test('the whole journey is in German', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  await page.goto('/forgot-password');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(heading(page, 'Passwort vergessen?')).toBeVisible();
  await page.getByRole('button', { name: 'Link schicken' }).click();
  await expect(page.getByRole('alert')).toHaveText('Geben Sie Ihre E-Mail-Adresse ein.');
  await page.getByLabel('E-Mail-Adresse').fill(email);
  await page.getByRole('button', { name: 'Link schicken' }).click();
  await expect(heading(page, 'Sehen Sie in Ihr Postfach')).toBeVisible();

  const mail = await mailbox.next(email);
  expect(mail.subject).toBe('Neues Passwort für Harbour wählen');
  expect(mail.text).toContain('Der Link gilt 30 Minuten.');
  expect(mail.html).toContain('<html lang="de">');
  expect(mail.parsed.headers.get('content-language')).toBe('de');

  await page.goto(mail.link);
  await expect(heading(page, 'Neues Passwort wählen')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await page.getByLabel('Neues Passwort', { exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel('Neues Passwort noch einmal').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Neues Passwort setzen' }).click();
  await expect(heading(page, 'Ihr neues Passwort gilt')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Zurück zur App' })).toBeVisible();

  const notice = await mailbox.next(email);
  expect(notice.subject).toBe('Ihr Passwort bei Harbour wurde geändert');
  await page.goto(notice.notMeLink);
  await expect(heading(page, 'Das waren Sie nicht?')).toBeVisible();
});

test('pages that refuse are in German too', async ({ page }) => {
  await page.goto('/link-expired');
  await expect(heading(page, 'Dieser Link gilt nicht mehr')).toBeVisible();
  await page.goto('/no-such-page');
  await expect(heading(page, 'Diese Seite gibt es nicht')).toBeVisible();
});

test.describe('a browser that prefers a language we do not have', () => {
  test.use({ locale: 'fr-FR' });

  test('gets English, and the page says so to screen readers', async ({ page }) => {
    await page.goto('/forgot-password');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(heading(page, 'Forgot your password?')).toBeVisible();
  });
});
