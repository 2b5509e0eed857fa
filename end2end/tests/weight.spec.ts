// How much a browser loads for the form, over the wire and compressed: the page that people open on a phone, in a train.

import { askAndRead, expectForm, openLink } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

const KILOBYTE = 1000;

test('the form with all that belongs to it is light', async ({ page, anotherBrowser, keyback, mailbox, javaScriptEnabled }) => {
  const mail = await askAndRead(await anotherBrowser(), mailbox, await keyback.addAccount());
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

  await openLink(page, mail);
  if (javaScriptEnabled) await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expectForm(page);

  const rows = [...sizes].map(([id, size]) => ({ file: new URL(names.get(id) ?? 'x:').pathname, size }));
  const total = rows.reduce((sum, { size }) => sum + size, 0);
  const list = rows.map(({ file, size }) => `${file} ${size}`).join(', ');
  console.log(`${javaScriptEnabled ? 'with' : 'without'} script: ${(total / KILOBYTE).toFixed(1)} KB (${list})`);
  expect(rows.some(({ file }) => file.endsWith('.wasm'))).toBe(javaScriptEnabled);
  expect(total).toBeLessThanOrEqual((javaScriptEnabled ? 70 : 15) * KILOBYTE);
});

test('pages without an island load no script', async ({ page, keyback }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto('/forgot-password');
  await page.waitForLoadState('networkidle');
  expect(loaded.filter((path) => /\.(js|wasm)$/.test(path))).toEqual([]);
  expect(keyback.origin).toContain('localhost');
});
