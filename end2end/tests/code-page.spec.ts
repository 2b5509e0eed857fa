// How people use `/code`: reloading it, leaving and returning, in two tabs, with wrong codes, and with and without
// JavaScript.

import type { Page } from '@playwright/test';
import type { Gateway, Text } from '../fixtures/gateway.ts';
import { unusedPhone } from '../fixtures/keyback.ts';
import {
  askForCode, codeField, enterCode, enterPassword, expectCodePage, expectDone, expectForm, heading, historyOf,
  identifierField, wordsOf, wrong,
} from '../fixtures/steps.ts';
import { expect, needsScript, test } from '../fixtures/test.ts';

const REFUSED = 'That code is not right, or no longer good.';

async function askAndReadText(page: Page, gateway: Gateway, phone: string): Promise<Text> {
  await askForCode(page, phone);
  return await gateway.next(phone);
}

test('browsers are told what the field is for', async ({ page }) => {
  await askForCode(page, unusedPhone());
  await expect(codeField(page)).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(codeField(page)).toHaveAttribute('inputmode', 'numeric');
  await expect(codeField(page)).toHaveAttribute('type', 'text');
  await expect(codeField(page)).toHaveAccessibleDescription('6 digits');
});

test('a reload and the back button keep everything', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  const { code } = await askAndReadText(page, gateway, phone);
  const words = await wordsOf(page, phone);

  await page.reload();
  expect(await wordsOf(page, phone)).toBe(words);

  await enterCode(page, wrong(code));
  await expect(page.getByRole('alert')).toContainText(REFUSED);
  await page.reload();
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(await wordsOf(page, phone)).toBe(words);

  await page.goBack();
  await expectCodePage(page);
  await page.goBack();
  await expect(heading(page, 'Forgot your password?')).toBeVisible();
  await expect(identifierField(page)).toHaveValue(phone);
  await page.goForward();
  await expectCodePage(page);
  expect(await wordsOf(page, phone)).toBe(words);

  await enterCode(page, code);
  await expectForm(page);
  await page.goBack();
  await expectCodePage(page);
  await page.goForward();
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
  expect((await historyOf(page)).join('\n')).not.toContain(code);
});

test('another tab of the same browser takes the code, too', async ({ page, context, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  const { code } = await askAndReadText(page, gateway, phone);
  const words = await wordsOf(page, phone);

  const second = await context.newPage();
  await second.goto('/code');
  expect(await wordsOf(second, phone)).toBe(words);
  await enterCode(second, code);
  await expectForm(second);

  // The code is used, and the form is open in this browser: sending the code again leads to the form.
  await enterCode(page, code);
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);
  await enterPassword(second);
  await expect(heading(second, 'Let us start again')).toBeVisible();
});

test('two tabs that ask for different accounts: the one that asked last is the one that counts', async ({ page, context, keyback, gateway }) => {
  const [first, last] = [await keyback.addPerson('phone'), await keyback.addPerson('phone')];
  const firstText = await askAndReadText(page, gateway, first.phone);
  const second = await context.newPage();
  const lastText = await askAndReadText(second, gateway, last.phone);

  await enterCode(page, firstText.code);
  await expect(page.getByRole('alert')).toContainText(REFUSED);
  await expect(page.getByText(`If there is an account for ${last.phone}`)).toBeVisible();
  await enterCode(page, lastText.code);
  await expectForm(page);
});

test('a wrong code is refused in words that help, the field is marked, and the right one still works', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  const { code } = await askAndReadText(page, gateway, phone);
  for (const typed of [wrong(code), '', 'not a code', code.slice(1), `${code}0`]) {
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/code');
    await enterCode(page, typed);
    expect((await answered).status()).toBe(422);
    await expect(page.getByRole('alert')).toContainText(`${REFUSED} A code is good for 10 minutes and 5 tries`);
    await expect(codeField(page)).toHaveAttribute('aria-invalid', 'true');
    await expect(codeField(page)).toHaveAccessibleDescription(/6 digits .*That code is not right/);
    await expect(codeField(page)).toHaveValue('');
  }
  await expect(page.getByText(`If there is an account for ${phone}`)).toBeVisible();
  await enterCode(page, code);
  await expectForm(page);
});

// SECURITY.md, requirement 29
test('after five wrong codes the right one is refused in the same words', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  const { code } = await askAndReadText(page, gateway, phone);
  const said = new Set<string>();
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/code');
    await enterCode(page, attempt === 6 ? code : wrong(code));
    expect((await answered).status()).toBe(422);
    await expectCodePage(page);
    said.add(await wordsOf(page, phone));
  }
  expect(said.size).toBe(1);
});

// SECURITY.md, requirement 32
test('a code is worth nothing in another browser', async ({ page, anotherBrowser, keyback, gateway }) => {
  const [victim, other] = [await keyback.addPerson('phone'), await keyback.addPerson('phone')];
  const { code } = await askAndReadText(page, gateway, victim.phone);
  const thief = await anotherBrowser();
  await askAndReadText(thief, gateway, other.phone);
  await enterCode(thief, code);
  await expect(thief.getByRole('alert')).toContainText(REFUSED);
  await enterCode(page, code);
  await expectForm(page);
});

for (const button of ['Send a new code', 'Send a code by e-mail']) {
  test(`"${button}" within a minute is answered with how long to wait, and nothing is lost`, async ({ page, keyback, gateway }) => {
    const { phone } = await keyback.addPerson('phone', 'email');
    const { code } = await askAndReadText(page, gateway, phone);
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/code');
    await page.getByRole('button', { name: button }).click();
    const answer = await answered;

    expect(answer.status()).toBe(429);
    const seconds = Number(await answer.headerValue('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    await expect(page.getByRole('alert')).toContainText(`You can ask again in ${seconds} second`);
    await expect(page.getByText(`If there is an account for ${phone}, a text message`)).toBeVisible();
    await expect(codeField(page)).not.toHaveAttribute('aria-invalid');
    await enterCode(page, code);
    await expectForm(page);
  });
}

test('the time that is left is told', async ({ page, javaScriptEnabled }) => {
  await askForCode(page, unusedPhone());
  const wait = page.locator('[role=timer]').last();
  const sentences = page.locator('p.timer:visible');
  await expect(sentences.first()).toHaveText(/^Time left for this code: (10:00|9:\d\d)$/);
  await expect(sentences.last()).toHaveText(/^A new code makes the old one void\. You can ask for one in (1:00|0:\d\d)\.$/);
  const first = await wait.innerText();
  if (javaScriptEnabled) {
    await expect(wait).not.toHaveText(first);
  } else {
    // Without JavaScript, the sentence shows the time at page load.
    await expect(async () => {
      await page.reload();
      expect(await wait.innerText()).not.toBe(first);
    }).toPass();
  }
});

test.describe('with script', () => {
  needsScript();

  test('the time that is left ticks down to its end', async ({ page }) => {
    await page.clock.install();
    await askForCode(page, unusedPhone());
    const [code, wait] = [page.locator('[role=timer]').first(), page.locator('[role=timer]').last()];
    await expect(code).toHaveText(/^9:5\d$/);
    await page.clock.runFor('00:30');
    await expect(code).toHaveText(/^9:[012]\d$/);
    await expect(wait).toHaveText(/^0:[012]\d$/);
    await page.clock.runFor('00:30');
    await expect(wait).toBeHidden();
    await expect(page.getByText('A new code makes the old one void.', { exact: true })).toBeVisible();
    await page.clock.runFor('08:50');
    await expect(code).toHaveText(/^0:\d\d$/);
    await page.clock.runFor('00:15');
    await expect(code).toBeHidden();
    await expect(page.getByText('A code that was sent a while ago has run out by now. Ask for a new one below.')).toBeVisible();
    await expect(codeField(page)).toBeEditable();
  });

  test('a code that is pasted with spaces all over leads to the form', async ({ page, keyback, gateway }) => {
    const { phone } = await keyback.addPerson('phone');
    const { code } = await askAndReadText(page, gateway, phone);
    const pasted = ` ${code.slice(0, 3)} ${code.slice(3)} `;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate((text) => navigator.clipboard.writeText(text), pasted);

    await codeField(page).focus();
    await page.keyboard.press('ControlOrMeta+V');
    await expect(codeField(page)).toHaveValue(pasted);
    await page.keyboard.press('Enter');

    await expectForm(page);
  });

  test('a browser that hands over the code of a text message fills and sends the form', async ({ page, keyback, gateway }) => {
    await pretendWebOtp(page);
    const { phone } = await keyback.addPerson('phone');
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/code');
    const { code } = await askAndReadText(page, gateway, phone);
    expect(await (await answered).headerValue('permissions-policy')).toContain('otp-credentials=(self)');

    await page.waitForFunction(() => 'wanted' in window);
    expect(await page.evaluate(() => Reflect.get(window, 'wanted') as unknown)).toEqual({ otp: { transport: ['sms'] } });
    const sent = page.waitForRequest((request) => request.url().endsWith('/actions/check-code'));
    await page.evaluate((code) => (Reflect.get(window, 'handOver') as (code: string) => void)(code), code);

    expect((await sent).postDataJSON()).toEqual({ code });
    await expectForm(page);
    await enterPassword(page);
    await expectDone(page);
  });

  test('who does not let the browser read the text message types the code', async ({ page, keyback, gateway }) => {
    await pretendWebOtp(page);
    const { phone } = await keyback.addPerson('phone');
    const { code } = await askAndReadText(page, gateway, phone);
    await page.waitForFunction(() => 'wanted' in window);
    await page.evaluate(() => (Reflect.get(window, 'decline') as () => void)());
    await enterCode(page, code);
    await expectForm(page);
  });

  for (const blocked of ['wasm', 'js']) {
    test(`the page works when the ${blocked} file does not arrive`, async ({ page, keyback, gateway, watch }) => {
      watch.expectComplaint(/net::ERR_FAILED|Failed to fetch/);
      await page.route(`**/*.${blocked}`, (route) => route.abort());
      const { phone } = await keyback.addPerson('phone');
      await enterCode(page, (await askAndReadText(page, gateway, phone)).code);
      await expectForm(page);
    });
  }
});

/** Fakes WebOTP: `wanted` is what the page requested; `handOver` and `decline` simulate the person's choice. */
async function pretendWebOtp(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.assign(window, { OTPCredential: class {} });
    navigator.credentials.get = (wanted) =>
      new Promise((resolve, reject) => {
        const handOver = (code: string) => resolve(Object.assign(Object.create(null), { id: '', type: 'otp', code }));
        const decline = () => reject(new DOMException('declined', 'AbortError'));
        Object.assign(window, { wanted, handOver, decline });
      });
  });
}
