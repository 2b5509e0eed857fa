// `keyback demo`: its output, its inbox and its sign-in page.

import { expectAccessible, expectLargeTargets, expectReflow } from '../fixtures/accessibility.ts';
import { boundCode } from '../fixtures/gateway.ts';
import { NEW_PASSWORD } from '../fixtures/keyback.ts';
import { environment, Server, startOnFreePort } from '../fixtures/process.ts';
import { askForCode, askForLink, enterCode, enterPassword, expectDone, expectForm } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Watch } from '../fixtures/watch.ts';
import type { Page, TestInfo } from '@playwright/test';

async function signIn(page: Page, password: string, email = 'jane@example.com'): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Starts a separate demo. */
async function withDemo(watch: Watch, look: (origin: string, demo: Server) => Promise<void>): Promise<void> {
  const [demo, port] = await startOnFreePort((port) => {
    return Server.start(['demo', '--port', String(port)], environment({}), 'Try the new password:');
  });
  const origin = `http://localhost:${port}`;
  watch.allow(origin);
  try {
    await look(origin, demo);
  } finally {
    await demo.stop();
  }
}

/** Reloads the inbox until it shows these messages, newest first. */
async function readInbox(page: Page, origin: string, titles: (string | RegExp)[]): Promise<void> {
  await expect(async () => {
    await page.goto(`${origin}/dev/inbox`);
    await expect(page.getByRole('heading', { level: 2 })).toHaveText(titles, { timeout: 500 });
  }).toPass();
}

async function photograph(page: Page, name: string, info: TestInfo): Promise<void> {
  const size = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const folder = `${info.project.outputDir}/screenshots/${info.project.name.replace(' ', '-')}`;
    await page.screenshot({ path: `${folder}/demo-${name}-${colorScheme}.png`, fullPage: true });
    if (info.project.use.javaScriptEnabled) await expectAccessible(page);
  }
  await expectLargeTargets(page);
  await expectReflow(page);
  if (size !== null) await page.setViewportSize(size);
}

test('the demo shows a whole reset', async ({ page, watch }, info) => {
  await withDemo(watch, async (origin, demo) => {
    expect(demo.output.trim().split('\n')).toEqual([
      `Request a reset:       ${origin}/forgot-password  (as jane@example.com, amir@example.com, nora@example.com, +12025550123, amir)`,
      `Read the messages:     ${origin}/dev/inbox`,
      `Try the new password:  ${origin}/dev/sign-in`,
    ]);

    await page.goto(`${origin}/dev/sign-in`);
    await signIn(page, 'walnut-river-lantern');
    await expect(page.getByText('You are signed in as jane@example.com')).toBeVisible();

    await askForLink(page, 'jane@example.com', `${origin}/forgot-password`);
    await readInbox(page, origin, ['Choose a new password for Keyback']);
    await photograph(page, 'inbox', info);
    await page.getByRole('link', { name: /\/verify\?key=tk-/ }).click();
    await expectForm(page);
    await enterPassword(page);
    await expectDone(page);

    await page.getByRole('link', { name: 'Back to the app' }).click();
    await expect(page).toHaveURL(`${origin}/dev/sign-in`);
    await signIn(page, 'walnut-river-lantern');
    await expect(page.getByRole('alert')).toBeVisible();
    await photograph(page, 'sign-in', info);
    await signIn(page, NEW_PASSWORD);
    await expect(page.getByText('You are signed in as jane@example.com')).toBeVisible();
  });
});

test('the demo shows a reset by text message', async ({ page, watch }, info) => {
  await withDemo(watch, async (origin) => {
    await page.goto(`${origin}/dev/sign-in`);
    await expect(page.getByText('+12025550123')).toBeVisible();

    await askForCode(page, '(202) 555-0123', `${origin}/forgot-password`);
    await readInbox(page, origin, ['Text message']);
    await expect(page.getByText('To +12025550123')).toBeVisible();
    const message = await page.locator('pre').innerText();
    await photograph(page, 'inbox-text', info);

    const bound = boundCode(message.trimEnd());
    expect(bound?.host).toBe('localhost');
    await page.goto(`${origin}/code`);
    await enterCode(page, bound?.code ?? '');
    await expectForm(page);
    await enterPassword(page);
    await expectDone(page);

    await page.goto(`${origin}/dev/sign-in`);
    await signIn(page, NEW_PASSWORD, 'amir@example.com');
    await expect(page.getByText('You are signed in as amir@example.com')).toBeVisible();
  });
});

test('the demo takes a username: the code goes to the phone, or to the mailbox where there is none', async ({ page, watch }) => {
  await withDemo(watch, async (origin) => {
    await askForCode(page, 'amir', `${origin}/forgot-password`);
    await readInbox(page, origin, ['Text message']);
    await askForCode(page, 'jane', `${origin}/forgot-password`);
    await readInbox(page, origin, ['Choose a new password for Keyback', 'Text message']);
    const code = /^\d{4} \d{4}$/m.exec(await page.locator('pre').first().innerText())?.[0] ?? '';
    await page.goto(`${origin}/code`);
    await enterCode(page, code);
    await expectForm(page);
  });
});
