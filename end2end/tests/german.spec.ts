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
  await page.getByRole('button', { name: 'Link oder Code schicken' }).click();
  await expect(page.getByRole('alert')).toHaveText('Geben Sie Ihre E-Mail-Adresse, Telefonnummer oder Ihren Benutzernamen ein.');
  await page.getByLabel('E-Mail-Adresse, Telefonnummer oder Benutzername', { exact: true }).fill(email);
  await page.getByRole('button', { name: 'Link oder Code schicken' }).click();
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

test('the journey by phone is in German', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  await page.goto('/forgot-password');
  await page.getByLabel('E-Mail-Adresse, Telefonnummer oder Benutzername', { exact: true }).fill(phone);
  await page.getByRole('button', { name: 'Link oder Code schicken' }).click();
  await expect(heading(page, 'Code eingeben')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.getByText(`Wenn es zu ${phone} ein Konto gibt, ist eine SMS mit einem Code unterwegs.`)).toBeVisible();
  await expect(page.locator('p.timer:visible').first()).toHaveText(/^Zeit für diesen Code: noch \d+:\d\d$/);

  const text = await gateway.next(phone);
  expect(text.text).toContain(`Ihr Code für Harbour: ${text.code}.`);
  await page.getByRole('button', { name: 'Neuen Code schicken' }).click();
  await expect(page.getByRole('alert')).toContainText(/Sie können wieder anfordern in \d+ Sekunden\./);
  await page.getByLabel('Code aus der Nachricht', { exact: true }).fill('000');
  await page.getByRole('button', { name: 'Weiter' }).click();
  await expect(page.getByRole('alert')).toContainText('Dieser Code stimmt nicht oder gilt nicht mehr.');
  await page.getByLabel('Code aus der Nachricht', { exact: true }).fill(text.code);
  await page.getByRole('button', { name: 'Weiter' }).click();
  await expect(heading(page, 'Neues Passwort wählen')).toBeVisible();
  await page.getByLabel('Neues Passwort', { exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel('Neues Passwort noch einmal').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Neues Passwort setzen' }).click();
  await expect(heading(page, 'Ihr neues Passwort gilt')).toBeVisible();
  expect((await gateway.next(phone)).text).toContain('Passwort');
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
