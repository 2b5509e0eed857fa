// A reset with a phone number: from the form to the new password, with the code from a text message.

import { NEW_PASSWORD, OLD_PASSWORD, type Person, unusedPhone, unusedUsername } from '../fixtures/keyback.ts';
import {
  askForCode, enterCode, enterPassword, expectDone, expectForm, heading, identifierField, wordsOf, wrong,
} from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

/** Returns the ways in which people in the United States write an E.164 number. */
const SPELLINGS: Record<string, (phone: string) => string> = {
  'in E.164': (phone) => phone,
  'in national form with spaces': (phone) => parts(phone).join(' '),
  'in national form with brackets': (phone) => parts(phone).join('-').replace(/^(\d+)-/, '($1) '),
  'with 001': (phone) => `00${phone.slice(1)}`,
  'with spaces around it': (phone) => `  ${phone} `,
};

for (const [how, spell] of Object.entries(SPELLINGS)) {
  test(`a number that is typed ${how} leads to a new password`, async ({ page, keyback, gateway }) => {
    const { phone } = await keyback.addPerson('phone');
    const typed = spell(phone);

    await askForCode(page, typed);
    await expect(page.getByText(`If there is an account for ${typed.trim()}, a text message with a code is on its way.`)).toBeVisible();
    await enterCode(page, (await gateway.next(phone)).code);
    await expectForm(page);
    await expect(page).toHaveURL('/reset-password');
    await enterPassword(page);
    await expectDone(page);

    expect(await keyback.signIn(phone, OLD_PASSWORD)).toBe(401);
    expect(await keyback.signIn(phone, NEW_PASSWORD)).toBe(200);
  });
}

// SECURITY.md, requirements 36 and 49
test('the text message holds the code for this page alone, and the change is told on both ways', async ({ page, keyback, gateway, mailbox }) => {
  const { phone, email } = await keyback.addPerson('phone', 'email');
  await askForCode(page, phone);

  const text = await gateway.next(phone);
  expect(text.code).toMatch(/^\d{6}$/);
  expect(text.host).toBe('localhost');
  expect(text.text).toContain(`Your Harbour code: ${text.code}. It is good for 10 minutes.`);
  expect(text.text.endsWith(`\n@localhost #${text.code}`)).toBe(true);
  expect(text.text).not.toMatch(/https?:|\/\//);
  expect(text.text.length).toBeLessThanOrEqual(160);

  await enterCode(page, text.code);
  await expectForm(page);
  await enterPassword(page);
  await expectDone(page);

  const notice = await gateway.next(phone);
  expect(notice.text).toContain('Your Harbour password was changed on ');
  expect(notice.text).toContain('Choose a new one at once: localhost');
  expect(notice).toMatchObject({ host: '', code: '' });
  expect(notice.text).not.toContain(NEW_PASSWORD);
  expect(notice.text.length).toBeLessThanOrEqual(160);
  const mail = await mailbox.next(email);
  expect(mail.subject).toBe('Your Harbour password was changed');
  expect(mail.link).toBe('');
  expect([gateway.unread(phone), mailbox.unread(email)]).toEqual([0, 0]);
});

test('a number that nobody has proved gets no message', async ({ page, keyback, gateway }) => {
  const known = await keyback.addPerson('phone');
  const unproved = unusedPhone();
  await keyback.add(['--username', unusedUsername(), '--phone', unproved]);
  await askForCode(page, unproved);
  await askForCode(page, known.phone);
  // Messages are sent in the order of the requests.
  await gateway.next(known.phone);
  expect(gateway.unread(unproved)).toBe(0);
});

// SECURITY.md, requirement 35
test('a number in a country that gets no messages is answered like any other', async ({ page, keyback, gateway }) => {
  const abroad = '+49 1512 3456789';
  const known = await keyback.addPerson('phone');
  await askForCode(page, abroad);
  const words = await wordsOf(page, abroad);
  await askForCode(page, known.phone);
  expect(await wordsOf(page, known.phone)).toBe(words);
  await gateway.next(known.phone);
  expect(gateway.unread(abroad.replaceAll(' ', ''))).toBe(0);
});

for (const by of ['phone', 'username'] as const) {
  test(`nothing tells whether there is an account with that ${by}`, async ({ page, keyback, gateway }) => {
    const somebody = await keyback.addPerson('phone', 'username');
    const nobody: Person = { email: '', phone: unusedPhone(), username: unusedUsername('jane') };
    const said: string[][] = [];
    for (const person of [nobody, somebody]) {
      await askForCode(page, person[by]);
      const asked = await wordsOf(page, person[by]);
      if (person === somebody) await gateway.next(somebody.phone);
      await page.reload();
      const later = await wordsOf(page, person[by]);
      await enterCode(page, '000');
      await expect(page.getByRole('alert')).toBeVisible();
      const refused = await wordsOf(page, person[by]);
      const again = by === 'phone' ? 'Send a new code' : 'Send a code by text message';
      await page.getByRole('button', { name: again }).click();
      await expect(page.getByRole('alert')).toContainText('A message was asked for a moment ago.');
      const tooSoon = (await wordsOf(page, person[by])).replace(/in \d+ seconds?/, 'in a while');
      said.push([asked, later, refused, tooSoon]);
    }
    expect(said[0]).toEqual(said[1]);
    expect(gateway.unread(nobody.phone)).toBe(0);
  });
}

test('after a wrong number the right one is one click away', async ({ page, keyback, gateway }) => {
  const { phone } = await keyback.addPerson('phone');
  const mistyped = unusedPhone();
  await askForCode(page, mistyped);
  await page.getByRole('link', { name: 'Enter something else' }).click();
  await expect(heading(page, 'Forgot your password?')).toBeVisible();
  await expect(identifierField(page)).toHaveValue(mistyped);
  await askForCode(page, phone);
  const { code } = await gateway.next(phone);
  await enterCode(page, wrong(code));
  await expect(page.getByRole('alert')).toBeVisible();
  await enterCode(page, code);
  await expectForm(page);
});

test('while the gateway is down the page says the same, and the message comes when it is up again', async ({ page, keyback, gateway }) => {
  const fine = await keyback.addPerson('phone');
  await askForCode(page, fine.phone);
  const words = await wordsOf(page, fine.phone);
  await gateway.next(fine.phone);

  const unlucky = await keyback.addPerson('phone');
  gateway.answer(unlucky.phone, 503);
  await askForCode(page, unlucky.phone);
  await expect(() => expect(gateway.refused(unlucky.phone)).toBeGreaterThan(0)).toPass();
  expect(await wordsOf(page, unlucky.phone)).toBe(words);
  await page.reload();
  expect(await wordsOf(page, unlucky.phone)).toBe(words);

  gateway.answer(unlucky.phone, 202);
  await enterCode(page, (await gateway.next(unlucky.phone)).code);
  await expectForm(page);
});

function parts(phone: string): string[] {
  return [phone.slice(2, 5), phone.slice(5, 8), phone.slice(8)];
}
