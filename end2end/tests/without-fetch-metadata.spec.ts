// Every form in a browser without Fetch Metadata, simulated by a proxy that strips it. Then only `Origin` shows where a
// form comes from, and browsers send `null` on pages with the Referrer-Policy `no-referrer`.

import { Keyback, NEW_PASSWORD, OLD_PASSWORD } from '../fixtures/keyback.ts';
import { askAndRead, askForLink, cooldownOver, enterCode, enterPassword, expectDone, expectForm, goToCode, heading, openLink, reset, wrong } from '../fixtures/steps.ts';
import { StrippingProxy } from '../fixtures/stripping-proxy.ts';
import { expect, test as base } from '../fixtures/test.ts';

// Here, the fixture `keyback` is behind the proxy.
const test = base.extend<object, { stripping: StrippingProxy }>({
  stripping: [
    async ({}, use) => {
      const proxy = await StrippingProxy.start();
      await use(proxy);
      await proxy.stop();
    },
    { scope: 'worker' },
  ],
  keyback: [
    async ({ stripping, mailbox, gateway, app }, use) => {
      const settings = { KEYBACK_RESET__RESEND_COOLDOWN: '1s' };
      const keyback = await Keyback.start({ mailbox, gateway, app }, settings, stripping.origin);
      stripping.leadTo(keyback.port);
      await use(keyback);
      await keyback.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

test.afterEach(({ stripping, keyback }) => {
  expect(stripping.stripped, 'the browser sent Fetch Metadata, and Keyback got none').toBeGreaterThan(0);
  expect(new Set(stripping.origins.filter((origin) => origin !== undefined))).toEqual(new Set([keyback.origin]));
});

// SECURITY.md, requirement 60
test('a forgotten password is replaced by way of the link', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const mail = await askAndRead(page, mailbox, email);
  expect(mail.link.startsWith(`${keyback.origin}/verify?key=tk-`)).toBe(true);
  await openLink(page, mail);
  await enterPassword(page, 'short');
  await expect(page.getByRole('alert')).toBeVisible();
  await enterPassword(page);
  await expectDone(page);
  expect(await keyback.signIn(email, OLD_PASSWORD)).toBe(401);
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(200);
});

test('a wrong code, a new code and the right one are accepted', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const first = await askAndRead(page, mailbox, email);
  await goToCode(page);
  await enterCode(page, wrong(first.code));
  await expect(page.getByRole('alert')).toBeVisible();
  await cooldownOver(page);
  await page.getByRole('button', { name: 'Send a new code' }).click();
  const second = await mailbox.next(email);
  await enterCode(page, second.code);
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
});

test('"this was not me" ends the request', async ({ page, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const notice = await reset(page, mailbox, email);
  await page.goto(notice.notMeLink);
  await page.getByRole('button').click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await keyback.signIn(email, NEW_PASSWORD)).toBe(401);
});

test('somebody else\'s link goes on after a click', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const planted = await askAndRead(await anotherBrowser(), mailbox, await keyback.addAccount('zach'));
  await askForLink(page, await keyback.addAccount('zoe'));
  await page.goto(planted.link);
  await expect(heading(page, 'Is this link yours?')).toBeVisible();
  await page.getByRole('button', { name: 'Go on with this link' }).click();
  await expectForm(page);
});
