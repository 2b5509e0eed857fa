// The documentation page of the native API, where developers read about operations and try them with a key.

import { expectAccessible, expectLargeTargets, expectReflow } from '../fixtures/accessibility.ts';
import { unusedAddress } from '../fixtures/keyback.ts';
import { expect, needsScript, test } from '../fixtures/test.ts';

const PAGE = '/api/v1/docs';

test('every operation can be read, with its request body and its responses', async ({ page }) => {
  await page.goto(PAGE);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Native API');
  await page.getByRole('navigation', { name: 'Operations' }).getByRole('link', { name: 'Request a reset' }).click();
  const operation = page.getByRole('article', { name: 'Request a reset' });
  await expect(operation).toBeInViewport();
  await operation.getByText('Request body').click();
  await expect(operation.getByText('redirect_url')).toBeVisible();
  await operation.getByText('Responses').click();
  await expect(operation.getByText('missing-api-key')).toBeVisible();
});

test('without script nothing is offered that needs it', async ({ page, javaScriptEnabled }) => {
  await page.goto(PAGE);
  await expect(page.getByLabel('API key')).toBeVisible({ visible: javaScriptEnabled !== false });
  await expect(page.getByRole('button', { name: 'Send' })).toHaveCount(javaScriptEnabled === false ? 0 : 11);
});

test.describe('with script', () => {
  needsScript();

  test('an operation is tried with a key, and the key stays in the page', async ({ page, keyback, mailbox }) => {
    const { key } = await keyback.createKey();
    const email = await keyback.addAccount();
    await page.goto(PAGE);
    await page.getByLabel('API key').fill(key);
    const operation = page.getByRole('article', { name: 'Request a reset' });
    await operation.getByLabel('Body').fill(JSON.stringify({ email }));
    await operation.getByRole('button', { name: 'Send' }).click();
    await expect(operation.getByRole('status')).toHaveText('202 Accepted');
    await expect(operation.getByLabel('Response: Request a reset')).toContainText('"destination": "j***@e***"');
    expect((await mailbox.next(email)).digits).toMatch(/^\d{8}$/);
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    await page.reload();
    await expect(page.getByLabel('API key')).toHaveValue('');
  });

  test('what is in the path and in the query arrives', async ({ page, keyback, watch }) => {
    watch.expectComplaint(/status of 404/);
    const { key } = await keyback.createKey({ scopes: ['accounts:read'] });
    const email = unusedAddress('jane+tag');
    await keyback.add(['--email', email]);
    await page.goto(PAGE);
    await page.getByLabel('API key').fill(key);
    const find = page.getByRole('article', { name: 'Find an account' });
    await find.getByLabel('email').fill(email);
    await find.getByRole('button', { name: 'Send' }).click();
    await expect(find.getByRole('status')).toHaveText('200 OK');
    const read = page.getByRole('article', { name: 'Read an account' });
    await read.getByLabel('id').fill('a/b?c');
    await read.getByRole('button', { name: 'Send' }).click();
    await expect(read.getByRole('status')).toHaveText('404 Not Found');
    await expect(read.getByLabel('Response: Read an account')).toContainText('/problems/not-found');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`it is accessible in ${colorScheme} colours, and fits a narrow screen`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.goto(PAGE);
      // A click on each of them takes longer than everything else here.
      await page.locator('details').evaluateAll((all) => all.forEach((details) => details.setAttribute('open', '')));
      await expectAccessible(page);
      await expectLargeTargets(page);
      await expectReflow(page);
    });
  }
});
