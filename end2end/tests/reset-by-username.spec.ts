// A reset with a username: the code goes to the phone, or to the mailbox if there is no phone.

import { NEW_PASSWORD, stranger } from '../fixtures/keyback.ts';
import { askForCode, codeField, enterCode, enterPassword, expectDone, expectForm } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

test('the code comes to the phone of an account that has one', async ({ page, keyback, gateway, mailbox }) => {
  const { phone, email, username } = await keyback.addPerson('phone', 'email', 'username');
  await askForCode(page, username);
  await expect(page.getByText(`If there is an account for ${username}, a code is on its way to its phone or its e-mail address.`)).toBeVisible();
  await expect(codeField(page)).toHaveAccessibleDescription('6 digits by text message, 8 digits by e-mail');

  const { code } = await gateway.next(phone);
  expect(mailbox.unread(email)).toBe(0);
  await enterCode(page, code);
  await expectForm(page);
  await expect(page.getByLabel('Account')).toHaveValue(username);
  await enterPassword(page);
  await expectDone(page);
  expect(await keyback.signIn(username, NEW_PASSWORD)).toBe(200);

  await gateway.next(phone);
  expect((await mailbox.next(email)).subject).toBe('Your Harbour password was changed');
});

test('the code comes to the mailbox of an account without a phone', async ({ page, keyback, mailbox }) => {
  const { email, username } = await keyback.addPerson('email', 'username');
  await askForCode(page, username);
  const mail = await mailbox.next(email);
  expect(mail.code).toMatch(/^\d{4} \d{4}$/);
  await enterCode(page, mail.code);
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
  expect(await keyback.signIn(username, NEW_PASSWORD)).toBe(200);
});

test('the link of that mail works, too', async ({ page, keyback, mailbox }) => {
  const { email, username } = await keyback.addPerson('email', 'username');
  await askForCode(page, username);
  await page.goto((await mailbox.next(email)).link);
  await expectForm(page);
});

test('a username may be typed in capitals and with spaces around it', async ({ page, keyback, gateway }) => {
  const { phone, username } = await keyback.addPerson('phone', 'username');
  await askForCode(page, ` ${username.toUpperCase()} `);
  await enterCode(page, (await gateway.next(phone)).code);
  await expectForm(page);
});

test('a username of up to four digits is a username, a longer one is taken for a phone number', async ({ page, keyback, gateway }) => {
  const short = { ...stranger(), username: String(Date.now() % 10_000).padStart(4, '0') };
  await keyback.addAs(short, 'phone', 'username');
  const long = { ...stranger(), username: `2025550${String(Date.now() % 1000).padStart(3, '0')}` };
  await keyback.addAs(long, 'phone', 'username');

  await askForCode(page, long.username);
  await expect(page.getByText(`If there is an account for ${long.username}, a text message with a code is on its way.`)).toBeVisible();
  await askForCode(page, short.username);
  await expect(page.getByText(`If there is an account for ${short.username}, a code is on its way to its phone or its e-mail address.`)).toBeVisible();
  await enterCode(page, (await gateway.next(short.phone)).code);
  await expectForm(page);
  // People with such a username use their phone number or email address instead.
  expect(gateway.unread(long.phone)).toBe(0);
  await askForCode(page, long.phone);
  await enterCode(page, (await gateway.next(long.phone)).code);
  await expectForm(page);
});
