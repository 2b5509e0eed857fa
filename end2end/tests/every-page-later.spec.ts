// The page states that appear only after some time, checked like the others on a server with a short cooldown.

import { lookAt, type State, STATES_AFTER_THE_COOLDOWN } from '../fixtures/states.ts';
import { askForCode } from '../fixtures/steps.ts';
import { expect, needsScript, test } from '../fixtures/test.ts';
import { unusedPhone } from '../fixtures/keyback.ts';

test.use({ cooldown: '1s' });

for (const state of STATES_AFTER_THE_COOLDOWN) {
  test(`the page "${state.name}" is accessible and fits every screen`, async ({ page, keyback, mailbox, gateway, app, javaScriptEnabled }, info) => {
    await lookAt(state, { page, keyback, mailbox, gateway, app, javaScriptEnabled }, info);
  });
}

test.describe('with the clock of the browser moved', () => {
  needsScript();

  test('the page "code-run-out" is accessible and fits every screen', async ({ page, keyback, mailbox, gateway, app, javaScriptEnabled }, info) => {
    const state: State = {
      name: 'code-run-out',
      heading: 'Enter the code',
      reach: async () => {
        await page.clock.install();
        await askForCode(page, unusedPhone());
        const timer = page.getByRole('timer').first();
        await expect(timer).toHaveText(/^9:\d\d$/);
        await page.clock.runFor('10:00');
        await expect(page.getByText('has run out by now')).toBeVisible();
      },
    };
    await lookAt(state, { page, keyback, mailbox, gateway, app, javaScriptEnabled }, info);
  });
});
