// Attacks on our pages: markup in every parameter, framing, and forms on foreign sites. The `watch` fixture fails a
// test if the browser executes or blocks anything unexpected.

import { ask, askAndRead, askForCode, askForLink, enterCode, expectForm, heading, identifierField } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

const PATHS = [
  '/',
  '/forgot-password',
  '/check-inbox',
  '/code',
  '/auth-redirect',
  '/reset-password',
  '/done',
  '/link-expired',
  '/link-unreadable',
  '/another-link',
  '/not-me',
  '/verify',
  '/no-such-page',
];

const PARAMETERS = [
  'redirect_url', 'redirect', 'key', 'access_token', 'action', 'status', 'code', 'error', 'email', 'identifier',
  'channel', 'locale', 'lang', '__err', '__path', 'notice', 'return_to',
];

const MARK = 'reflected-mark';
const VECTORS = [
  `"><script>console.error("${MARK}")</script>`,
  `'><img src=x onerror='console.error("${MARK}")'>`,
  `</script><svg/onload=console.error("${MARK}")>`,
  `javascript:console.error("${MARK}")//`,
];

for (const path of PATHS) {
  test(`markup in the query of ${path} is neither executed nor shown`, async ({ page, request }) => {
    // The first page keeps one parameter, as text in an attribute: the server refuses it when the form is sent.
    const keeps = path === '/' || path === '/forgot-password';
    for (const names of [PARAMETERS, ...PARAMETERS.map((name) => [name])]) {
      for (const vector of names.length > 1 ? VECTORS : VECTORS.slice(0, 1)) {
        const source = await (await request.get(`${path}?${new URLSearchParams(names.map((name) => [name, vector]))}`)).text();
        expect(source).not.toContain(vector);
        expect(source).not.toContain('<img src=x');
        expect(source.includes(MARK) && !(keeps && names.includes('redirect_url'))).toBe(false);
      }
    }
    await page.goto(`${path}?${new URLSearchParams(PARAMETERS.map((name) => [name, VECTORS.join('')]))}`);
    await expect(page.locator('main')).toBeVisible();
    await expect(page.locator('body')).not.toContainText(MARK);
  });
}

test('markup that was typed as an address comes back as text', async ({ page }) => {
  for (const vector of VECTORS) {
    await ask(page, `${vector}@`);
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(identifierField(page)).toHaveValue(`${vector}@`);
  }
});

test('markup that could be a username is shown as text', async ({ page }) => {
  for (const vector of VECTORS.filter((vector) => !vector.includes(' '))) {
    await askForCode(page, `${vector}${Date.now()}`);
    await expect(page.getByText(`If there is an account for ${vector}`)).toBeVisible();
  }
});

test('an address that looks like markup is shown as text', async ({ page }) => {
  const email = `jane&lt'&copy=${Date.now()}@example.org`;
  await askForLink(page, email);
  await expect(page.getByText(`If there is an account for ${email}`)).toBeVisible();
});

// SECURITY.md, requirement 58
test('no other site can show a page of ours in a frame', async ({ page, app, watch, keyback }) => {
  watch.expectComplaint(/frame-ancestors/);
  for (const origin of [app.origin, app.foreignOrigin]) {
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    const path = app.publish('/framed', `<h1>Framed</h1><iframe title="frame" src="${keyback.origin}/forgot-password"></iframe>`);
    await page.goto(origin + path);
    await refused;
    await expect(page.frameLocator('iframe').getByLabel(/E-mail address/)).toHaveCount(0);
  }
});

// SECURITY.md, requirement 60
test('a form on another site changes nothing and gets a page that says so', async ({ page, app, keyback, mailbox }) => {
  const email = await keyback.addAccount();
  const form = `<form method="post" action="${keyback.origin}/actions/ask"><input name="identifier" value="${email}"><button>Win</button></form>`;
  for (const origin of [app.origin, app.foreignOrigin]) {
    await page.goto(origin + app.publish('/win', form));
    const answered = page.waitForResponse((response) => response.url().endsWith('/actions/ask'));
    await page.getByRole('button', { name: 'Win' }).click();
    expect((await answered).status()).toBe(403);
    await expect(heading(page, 'This did not work')).toBeVisible();
  }
  await askForLink(page, email);
  await mailbox.next(email);
  expect(mailbox.unread(email)).toBe(0);
});

// SECURITY.md, requirement 53
test('a link planted by somebody else shows whose account it is', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const attacker = await anotherBrowser();
  const planted = await askAndRead(attacker, mailbox, await keyback.addAccount('zoe'));
  await page.goto(planted.link);
  await expectForm(page);
  await expect(page.getByLabel('Account')).toHaveValue('z•••@e•••.org');
  await expect(page.getByText('Not your account? Close this page')).toBeVisible();
});

// SECURITY.md, requirement 53
test('a planted link does not take the place of what the person has open, and a click goes on with it', async ({ page, anotherBrowser, keyback, mailbox }) => {
  const email = await keyback.addAccount('zoe');
  const mail = await askAndRead(page, mailbox, email);
  const attacker = await anotherBrowser();
  const planted = await askAndRead(attacker, mailbox, await keyback.addAccount('zach'));
  await page.goto(planted.link);
  await expect(heading(page, 'Is this link yours?')).toBeVisible();
  await expect(page.getByText(`you asked for a new password for ${email}`)).toBeVisible();
  await page.getByRole('link', { name: 'Enter the code from my message' }).click();
  await enterCode(page, mail.code);
  await expectForm(page);
  await expect(page.getByLabel('Account')).toHaveValue(email);

  await page.goto(planted.link);
  await page.getByRole('button', { name: 'Go on with this link' }).click();
  await expectForm(page);
  await expect(page.getByLabel('Account')).toHaveValue('z•••@e•••.org');
});

// SECURITY.md, requirement 61
test('the session cookie is out of the reach of scripts and of other hosts', async ({ page, keyback, mailbox }) => {
  const mail = await askAndRead(page, mailbox, await keyback.addAccount());
  const before = await page.context().cookies();
  await page.goto(mail.link);
  await expectForm(page);
  const after = await page.context().cookies();
  expect(after).toHaveLength(1);
  expect(after[0]).toMatchObject({ name: '__Host-keyback', httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
  expect(after[0]?.value, 'the id changes with the right').not.toBe(before[0]?.value);
});
