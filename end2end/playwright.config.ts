// How the browser tests run: every journey in four projects, with script and without, on a desktop and on a phone. And
// how the client tests run: the clients that other systems' users have, in Node, in Python and in a page.
// Needs a built server (`cargo xtask build`); `cargo xtask test` builds it, makes what Python needs and runs this.

import { defineConfig } from '@playwright/test';
import { launchOptions } from './fixtures/chromium.ts';
import { REACHABLE } from './fixtures/own-users/database.ts';
import { peersOn } from './fixtures/own-users/peers.ts';
import type { OwnUsers } from './fixtures/own-users/test.ts';

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

// Amazon's client says that Node 20 comes to its end, in a dozen lines.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

// What is in these folders runs once: a client has no phone, and neither has an app.
const testIgnore = '**/tests/{clients,own-users}/**';

// One app and one server serve the whole file, so that each is started only once.
const ownUsers = REACHABLE.map((databaseKind) => ({
  name: `own-users ${databaseKind}`,
  testDir: 'tests/own-users',
  testMatch: peersOn(databaseKind).map((peer) => `**/${peer}.spec.ts`),
  outputDir: `test-results/own-users-${databaseKind}`,
  fullyParallel: false,
  // Django alone hashes a password for half a second, some ten times in a test.
  timeout: 90_000,
  use: { ...desktop, javaScriptEnabled: true, databaseKind },
}));

export default defineConfig<object, OwnUsers>({
  testDir: 'tests',
  outputDir: 'test-results',
  // Tests share nothing but their worker's server, and each has its own account there.
  fullyParallel: true,
  workers: 2,
  // A test that passes only the second time is a defect: of the test or of what it tests.
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: process.env['CI'] ? 'list' : 'line',
  use: { locale: 'en-GB', trace: 'off', launchOptions },
  projects: [
    { name: 'js desktop', testIgnore, use: { ...desktop, javaScriptEnabled: true } },
    { name: 'js phone', testIgnore, use: { ...phone, javaScriptEnabled: true } },
    { name: 'nojs desktop', testIgnore, use: { ...desktop, javaScriptEnabled: false } },
    { name: 'nojs phone', testIgnore, use: { ...phone, javaScriptEnabled: false } },
    {
      name: 'clients',
      testDir: 'tests/clients',
      outputDir: 'test-results/clients',
      use: { ...desktop, javaScriptEnabled: true },
    },
    ...ownUsers,
  ],
});
