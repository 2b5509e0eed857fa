// Every page in every state, light and dark: checks accessibility and layout on narrow screens, and takes screenshots
// for review (test-results/screenshots).

import { lookAt, STATES } from '../fixtures/states.ts';
import { test } from '../fixtures/test.ts';

for (const state of STATES) {
  test(`the page "${state.name}" is accessible and fits every screen`, async ({ page, keyback, mailbox, gateway, app, javaScriptEnabled }, info) => {
    await lookAt(state, { page, keyback, mailbox, gateway, app, javaScriptEnabled }, info);
  });
}
