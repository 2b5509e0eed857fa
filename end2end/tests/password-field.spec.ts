// What JavaScript adds to the password form, and that the form works without it.

import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import { askAndRead, codeField, enterPassword, expectDone, goToCode, identifierField, openLink } from '../fixtures/steps.ts';
import { expect, needsScript, test } from '../fixtures/test.ts';

test.describe('with script', () => {
  needsScript();

  test('one button shows and hides both passwords', async ({ page, keyback, mailbox }) => {
    await openLink(page, await askAndRead(page, mailbox, await keyback.addAccount()));
    const fields = [page.getByLabel('New password', { exact: true }), page.getByLabel('New password, once more')];
    await page.getByRole('button', { name: 'Show password' }).click();
    for (const field of fields) await expect(field).toHaveAttribute('type', 'text');
    await page.getByRole('button', { name: 'Hide password' }).click();
    for (const field of fields) await expect(field).toHaveAttribute('type', 'password');

    await page.getByRole('button', { name: 'Show password' }).click();
    await enterPassword(page);
    await expectDone(page);
  });

  test('the bar says what the server will say', async ({ page, keyback, mailbox }) => {
    const email = await keyback.addAccount();
    await openLink(page, await askAndRead(page, mailbox, email));
    const field = page.getByLabel('New password', { exact: true });
    const words = page.locator('#password-strength');
    await expect(words).toBeEmpty();

    await field.fill('abc');
    await expect(words).toContainText('The password is too short. Use at least 8 characters.');
    await field.fill('Password1');
    await expect(words).toContainText('on a list of leaked or common passwords');
    await expect(page.getByRole('meter', { name: 'Strength' })).toHaveJSProperty('value', 0);
    await field.fill(email);
    await expect(words).toContainText('made of your own name');
    await field.fill(NEW_PASSWORD);
    await expect(words).toContainText('Very good');
    await expect(page.getByRole('meter', { name: 'Strength' })).toHaveJSProperty('value', 4);
    await expect(field).toHaveAccessibleDescription(/Very good/);
    await field.fill('');
    await expect(words).toBeEmpty();

    await enterPassword(page);
    await expectDone(page);
  });

  test('a password can be pasted into both fields', async ({ page, keyback, mailbox }) => {
    const email = await keyback.addAccount();
    await openLink(page, await askAndRead(page, mailbox, email));
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate((text) => navigator.clipboard.writeText(text), NEW_PASSWORD);
    for (const name of ['New password', 'New password, once more']) {
      await page.getByLabel(name, { exact: true }).focus();
      await page.keyboard.press('ControlOrMeta+V');
      await expect(page.getByLabel(name, { exact: true })).toHaveValue(NEW_PASSWORD);
    }
    await page.keyboard.press('Enter');
    await expectDone(page);
    expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
  });

  for (const blocked of ['wasm', 'js']) {
    test(`the form works when the ${blocked} file does not arrive`, async ({ page, keyback, mailbox, watch }) => {
      watch.expectComplaint(/net::ERR_FAILED|Failed to fetch/);
      const email = await keyback.addAccount();
      await page.route(`**/*.${blocked}`, (route) => route.abort());
      await openLink(page, await askAndRead(page, mailbox, email));
      await expect(page.getByRole('button', { name: 'Show password' })).toBeHidden();
      await enterPassword(page);
      await expectDone(page);
      expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
    });
  }

  test('the form works when the server has no time to rate the password', async ({ page, keyback, mailbox, watch }) => {
    watch.expectComplaint(/503/);
    await page.route('**/actions/password-strength', (route) => route.fulfill({ status: 503 }));
    await openLink(page, await askAndRead(page, mailbox, await keyback.addAccount()));
    const asked = page.waitForResponse('**/actions/password-strength');
    await page.getByLabel('New password', { exact: true }).fill('abc');
    await asked;
    await expect(page.getByRole('meter')).toHaveCount(0);
    await enterPassword(page);
    await expectDone(page);
  });
});

test('controls that need script are not there before it runs', async ({ page, keyback, mailbox, javaScriptEnabled }) => {
  await openLink(page, await askAndRead(page, mailbox, await keyback.addAccount()));
  await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible({ visible: javaScriptEnabled });
});

test('password managers find an account name and two fields for a new password', async ({ page, keyback, mailbox }) => {
  await page.goto('/forgot-password');
  const identifier = identifierField(page);
  await expect(identifier).toHaveAttribute('autocomplete', 'username');
  await expect(identifier).toHaveAttribute('type', 'text');
  await expect(identifier).toHaveAttribute('autocapitalize', 'none');

  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  await goToCode(page);
  const code = codeField(page);
  await expect(code).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(code).toHaveAttribute('inputmode', 'numeric');
  await expect(code).toHaveAccessibleDescription('8 digits');

  await openLink(page, mail);
  const account = page.getByLabel('Account');
  await expect(account).toHaveAttribute('autocomplete', 'username');
  await expect(account).toHaveAttribute('readonly', '');
  for (const name of ['New password', 'New password, once more']) {
    const field = page.getByLabel(name, { exact: true });
    await expect(field).toHaveAttribute('autocomplete', 'new-password');
    await expect(field).toHaveAttribute('type', 'password');
    await expect(field).not.toHaveAttribute('maxlength');
  }
});
