// How many compressed bytes a browser loads for the form and the code page, which people open on phones with slow
// connections.

import type { Page } from '@playwright/test';
import { startVeryCrowded } from '../fixtures/crowd.ts';
import { unusedAddress, unusedPhone } from '../fixtures/keyback.ts';
import { ask, askAndRead, askForCode, expectCodePage, expectForm, openLink } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

const KILOBYTE = 1000;

/** Counts the bytes that a page loads until it is idle. */
async function weigh(page: Page, name: string, open: () => Promise<void>): Promise<{ total: number; files: string[] }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const names = new Map<string, string>();
  const headers = new Map<string, number>();
  const sizes = new Map<string, number>();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    names.set(requestId, response.url);
    headers.set(requestId, response.encodedDataLength);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    sizes.set(requestId, encodedDataLength - (headers.get(requestId) ?? 0));
  });

  await open();
  await page.waitForLoadState('networkidle');

  const rows = [...sizes].map(([id, size]) => ({ file: new URL(names.get(id) ?? 'x:').pathname, size }));
  const total = rows.reduce((sum, { size }) => sum + size, 0);
  const list = rows.map(({ file, size }) => `${file} ${size}`).join(', ');
  console.log(`${name}: ${(total / KILOBYTE).toFixed(1)} KB (${list})`);
  return { total, files: rows.map(({ file }) => file) };
}

test('the form with all that belongs to it is light', async ({ page, anotherBrowser, keyback, mailbox, javaScriptEnabled }) => {
  const mail = await askAndRead(await anotherBrowser(), mailbox, await keyback.addAccount());
  const { total, files } = await weigh(page, `the form ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
    await openLink(page, mail);
    if (javaScriptEnabled) await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible();
  });
  await expectForm(page);
  expect(files.some((file) => file.endsWith('.wasm'))).toBe(javaScriptEnabled);
  expect(total).toBeLessThanOrEqual((javaScriptEnabled ? 70 : 15) * KILOBYTE);
});

test('the page for the code with all that belongs to it is light', async ({ page, javaScriptEnabled }) => {
  await askForCode(page, unusedPhone());
  await page.goto('about:blank');
  const { total, files } = await weigh(page, `the page for the code ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
    await page.goto('/code');
    const timer = page.getByRole('timer').first();
    const first = await timer.innerText();
    if (javaScriptEnabled) await expect(timer).not.toHaveText(first);
  });
  await expectCodePage(page);
  expect(files.some((file) => file.endsWith('.wasm'))).toBe(javaScriptEnabled);
  expect(total).toBeLessThanOrEqual((javaScriptEnabled ? 70 : 15) * KILOBYTE);
});

test('the page on which people wait is light with all that belongs to it', async ({ page, mailbox, gateway, app, watch, javaScriptEnabled }) => {
  const keyback = await startVeryCrowded({ mailbox, gateway, app });
  watch.allow(keyback.origin);
  await ask(page, unusedAddress(), `${keyback.origin}/forgot-password`);
  if (javaScriptEnabled) await expect(page.getByRole('alert')).toBeVisible();
  const { total, files } = await weigh(page, `the page on which people wait ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
    await page.goto(`${keyback.origin}/one-moment`);
    if (javaScriptEnabled) await expect(page.getByRole('status')).toBeVisible();
  });
  expect(files.some((file) => file.endsWith('.wasm'))).toBe(javaScriptEnabled);
  expect(total).toBeLessThanOrEqual((javaScriptEnabled ? 70 : 15) * KILOBYTE);
  await keyback.stop();
});

test('pages without an island load no script', async ({ page, keyback }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto('/forgot-password');
  await page.waitForLoadState('networkidle');
  expect(loaded.filter((path) => /\.(js|wasm)$/.test(path))).toEqual([]);
  expect(keyback.origin).toContain('localhost');
});
