// The main journey: request a reset, open the link in the message, choose a password. Also the different ways in which
// links are opened: on another device, from webmail, by scanners.

import { NEW_PASSWORD, OLD_PASSWORD } from '../fixtures/keyback.ts';
import { recipients } from '../fixtures/mailbox.ts';
import { askAndRead, askForLink, enterPassword, expectDone, expectForm, heading, historyOf, openLink, reset } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

test('a forgotten password is replaced by way of the link', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();

  const mail = await askAndRead(page, mailbox, email);
  await expect(page.getByText(`If there is an account for ${email}`)).toBeVisible();

  expect(recipients(mail)).toEqual([email]);
  expect(mail.subject).toBe('Choose a new password for Harbour');
  expect(mail.parsed.headers.get('auto-submitted')).toBe('auto-generated');
  expect(mail.link.startsWith(`${keyback.origin}/verify?key=tk-`)).toBe(true);
  expect(mail.code).toMatch(/^\d{4} \d{4}$/);
  expect(mail.html).toContain(mail.code);
  expect(mail.html).toContain(mail.link.replaceAll('&', '&#38;'));
  expect(mail.text).toContain('The link is good for 30 minutes.');

  await openLink(page, mail);
  await expect(page.getByLabel('Account')).toHaveValue(email);
  await enterPassword(page);
  await expectDone(page);

  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(401);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);

  const notice = await mailbox.next(email);
  expect(notice.subject).toBe('Your Harbour password was changed');
  expect(notice.text).toContain('If that was you, all is well');
  expect(notice.text).toContain('help@example.org');
  expect(notice.text).not.toContain(NEW_PASSWORD);
  expect(notice.link).toBe('');
});

test('the token is gone from the address bar and from the history, and the form survives going back and a reload', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  await openLink(page, await askAndRead(page, mailbox, email));

  expect(page.url()).toBe(`${keyback.origin}/reset-password`);
  const history = (await historyOf(page)).join('\n');
  expect(history).not.toContain('at-');
  expect(history).toContain('/reset-password');

  await page.reload();
  await expectForm(page);
  await page.goBack();
  await expect(heading(page, 'Check your e-mail')).toBeVisible();
  await page.goForward();
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
  expect((await historyOf(page)).join('\n')).not.toContain('at-');
});

test('once the password is set the form is over, in the same browser too', async ({ page, keyback, mailbox }) => {
  await reset(page, mailbox, await keyback.addAccount());
  await page.goto('/reset-password');
  await expect(heading(page, 'Let us start again')).toBeVisible();
});

test('the link works in a browser that did not ask for it', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndRead(page, mailbox, email);

  const phone = await anotherBrowser();
  await openLink(phone, mail);
  await enterPassword(phone);
  await expectDone(phone);

  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
});

// SECURITY.md, requirement 54
test('a click on the link in webmail, on another site, leads to the form', async ({ page, keyback, mailbox, app }) => {
  const email = await keyback.addAccount();
  const mail = await askAndRead(page, mailbox, email);
  const inbox = app.publish(`/webmail/${email}`, `<a href="${mail.link.replaceAll('&', '&amp;')}">Choose</a>`);

  await page.goto(app.foreignOrigin + inbox);
  await page.getByRole('link', { name: 'Choose' }).click();

  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
});

test('a scanner that opens the link first uses nothing up', async ({ page, keyback, mailbox, playwright }) => {
  const email = await keyback.addAccount();
  const mail = await askAndRead(page, mailbox, email);

  const scanner = await playwright.request.newContext();
  const looked = await scanner.head(mail.link, { maxRedirects: 0 });
  expect(looked.status()).toBe(200);
  for (let visit = 1; visit <= 4; visit += 1) {
    const opened = await scanner.get(mail.link, { maxRedirects: 0, headers: { cookie: '' } });
    expect(opened.status()).toBe(303);
  }
  await scanner.dispose();

  await openLink(page, mail);
  await enterPassword(page);
  await expectDone(page);
});

test('after a reset the way back leads to the app, where nobody is signed in', async ({ page, keyback, mailbox, app }) => {
  await reset(page, mailbox, await keyback.addAccount());
  await page.getByRole('link', { name: 'Back to the app' }).click();
  await expect(page).toHaveURL(`${app.origin}/sign-in`);
});

test('nothing tells whether there is an account', async ({ page, keyback, mailbox }) => {
  const nobody = `nobody-${Date.now()}@example.org`;
  const somebody = await keyback.addAccount();
  const texts: string[] = [];
  for (const email of [nobody, somebody]) {
    await askForLink(page, email);
    texts.push((await page.locator('main').innerText()).replace(email, 'THE ADDRESS'));
  }
  expect(texts[0]).toBe(texts[1]);
  // Messages are sent in the order of the requests.
  await mailbox.next(somebody);
  expect(mailbox.unread(nobody)).toBe(0);
});
