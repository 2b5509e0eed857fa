// Every page in every state, light and dark: accessible, readable on the narrowest screen, and photographed for the eye
// (test-results/screenshots).

import { join } from 'node:path';
import { expectAccessible, expectLargeTargets, expectReflow } from '../fixtures/accessibility.ts';
import { reachState, STATES } from '../fixtures/states.ts';
import { expect, test } from '../fixtures/test.ts';

for (const state of STATES) {
  test(`the page "${state.name}" is accessible and fits every screen`, async ({ page, keyback, mailbox, app, javaScriptEnabled }, info) => {
    await reachState(state, { page, keyback, mailbox, app, javaScriptEnabled });
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(page).toHaveTitle(state.heading);

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(info.project.outputDir, 'screenshots', info.project.name.replace(' ', '-'), `${state.name}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      // axe is a script of its own; with and without our script the pages are the same.
      if (javaScriptEnabled) await expectAccessible(page);
    }
    await expectLargeTargets(page);
    await expectReflow(page);
  });
}
