// `keyback demo`: what it prints, its inbox and its sign-in, as somebody meets them who tries Keyback out.

import { expectAccessible, expectLargeTargets, expectReflow } from '../fixtures/accessibility.ts';
import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import { environment, Server, startOnFreePort } from '../fixtures/process.ts';
import { askForLink, enterPassword, expectDone, expectForm } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Page } from '@playwright/test';

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill('jane@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the demo shows a whole reset', async ({ page, watch, javaScriptEnabled }, info) => {
  const [demo, port] = await startOnFreePort((port) => {
    return Server.start(['demo', '--port', String(port)], environment({}), 'Sign in, to see it:');
  });
  const origin = `http://localhost:${port}`;
  watch.allow(origin);
  try {
    expect(demo.output.trim().split('\n')).toEqual([
      `Ask for a reset:     ${origin}/forgot-password  (as jane@example.com, amir@example.com, nora@example.com)`,
      `Read the mail:       ${origin}/dev/inbox`,
      `Sign in, to see it:  ${origin}/dev/sign-in`,
    ]);

    await page.goto(`${origin}/dev/sign-in`);
    await signIn(page, 'walnut-river-lantern');
    await expect(page.getByText('You are signed in as jane@example.com')).toBeVisible();

    await askForLink(page, 'jane@example.com', `${origin}/forgot-password`);
    await expect(async () => {
      await page.goto(`${origin}/dev/inbox`);
      await expect(page.getByRole('heading', { name: 'Choose a new password for Keyback' })).toBeVisible({ timeout: 500 });
    }).toPass();
    await photograph('inbox');
    await page.getByRole('link', { name: /\/verify\?key=tk-/ }).click();
    await expectForm(page);
    await enterPassword(page);
    await expectDone(page);

    await page.getByRole('link', { name: 'Back to the app' }).click();
    await expect(page).toHaveURL(`${origin}/dev/sign-in`);
    await signIn(page, 'walnut-river-lantern');
    await expect(page.getByRole('alert')).toBeVisible();
    await photograph('sign-in');
    await signIn(page, NEW_PASSWORD);
    await expect(page.getByText('You are signed in as jane@example.com')).toBeVisible();
  } finally {
    await demo.stop();
  }

  async function photograph(name: string): Promise<void> {
    const size = page.viewportSize();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const folder = `${info.project.outputDir}/screenshots/${info.project.name.replace(' ', '-')}`;
      await page.screenshot({ path: `${folder}/demo-${name}-${colorScheme}.png`, fullPage: true });
      if (javaScriptEnabled) await expectAccessible(page);
    }
    await expectLargeTargets(page);
    await expectReflow(page);
    if (size !== null) await page.setViewportSize(size);
  }
});
