// "This wasn't me": from the message about a request, and from the message that confirms a change.

import { NEW_PASSWORD, OLD_PASSWORD } from '../fixtures/keyback.ts';
import { askAndRead, enterPassword, expectDone, heading, openLink, reset } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

test('a request that somebody else made is ended by the button, not by opening the page', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const stranger = await anotherBrowser();
  const mail = await askAndRead(stranger, mailbox, email);

  await page.goto(mail.notMeLink);
  await expect(heading(page, "This wasn't you?")).toBeVisible();
  await expect(page).toHaveURL('/not-me');
  // Opening the page cancels nothing.
  await openLink(stranger, mail);

  await page.getByRole('button', { name: 'End the request' }).click();
  await expect(heading(page, 'Done')).toBeVisible();
  await expect(page.getByText('Your password is as it was.')).toBeVisible();

  await stranger.goto(mail.link);
  await expect(heading(stranger, 'This link no longer works')).toBeVisible();
  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(200);

  await page.goto(mail.notMeLink);
  await expect(heading(page, 'This request has ended')).toBeVisible();
  await expect(page.getByText('it did not change your password')).toBeVisible();
});

test('a form that is open already is dead once the request is ended', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const stranger = await anotherBrowser();
  const mail = await askAndRead(stranger, mailbox, email);
  await openLink(stranger, mail);

  await page.goto(mail.notMeLink);
  await page.getByRole('button', { name: 'End the request' }).click();
  await expect(heading(page, 'Done')).toBeVisible();

  await enterPassword(stranger);
  await expect(stranger.getByRole('link', { name: 'Ask for a new link' })).toBeVisible();
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(401);
});

test('a password that somebody else set is locked, and the owner chooses another', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const notice = await reset(await anotherBrowser(), mailbox, email);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);

  await page.goto(notice.notMeLink);
  await expect(page.getByText('The password of your account was changed.')).toBeVisible();
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);

  await page.getByRole('button', { name: 'Lock the new password' }).click();
  await expect(heading(page, 'Done')).toBeVisible();
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(401);
  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(401);

  await page.getByRole('link', { name: 'Ask for a new password' }).click();
  await expect(heading(page, 'Forgot your password?')).toBeVisible();
});

test('a link that cannot be read or is not known reassures nobody', async ({ page, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  const answer = await page.goto(mail.notMeLink.slice(0, -3));
  expect(answer?.status()).toBe(400);
  await expect(page.getByText('The request may still be open.')).toBeVisible();
  await page.goto(`/not-me?key=ck-${'A'.repeat(43)}`);
  await expect(heading(page, 'We do not know this link')).toBeVisible();
  await page.goto('/not-me');
  await expect(page.getByText('A request may still be open.')).toBeVisible();

  await page.goto(`${mail.notMeLink})`);
  await page.getByRole('button', { name: 'End the request' }).click();
  await expect(heading(page, 'Done')).toBeVisible();
});

test('the button of one request ends no other', async ({ page, keyback, mailbox }) => {
  const [first, second] = [await keyback.addAccount(), await keyback.addAccount()];
  const firstMail = await askAndRead(page, mailbox, first);
  const secondMail = await askAndRead(page, mailbox, second);
  await page.goto(firstMail.notMeLink);
  await page.getByRole('button', { name: 'End the request' }).click();
  await expect(heading(page, 'Done')).toBeVisible();

  await openLink(page, secondMail);
  await enterPassword(page);
  await expectDone(page);
});
