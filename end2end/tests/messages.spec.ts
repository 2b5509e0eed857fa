// The emails as a mail program shows them: readable in light and dark mode, on wide and narrow screens, and without
// loading anything.

import { join } from 'node:path';
import { expectAccessible, expectReflow } from '../fixtures/accessibility.ts';
import { askAndRead, reset } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

for (const kind of ['request', 'notice'] as const) {
  test(`the message "${kind}" is readable everywhere and loads nothing`, async ({ page, keyback, mailbox, javaScriptEnabled }, info) => {
    const email = await keyback.addAccount();
    const mail = kind === 'request' ? await askAndRead(page, mailbox, email) : await reset(page, mailbox, email);
    expect(mail.html).not.toMatch(/<script|<img|<link|url\(|src=/i);
    expect(mail.parsed.attachments).toEqual([]);
    for (const line of mail.text.split('\n')) expect(line.length, 'RFC 5322: 998 octets').toBeLessThan(900);

    await page.goto('about:blank');
    await page.setContent(mail.html);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(info.project.outputDir, 'screenshots', info.project.name.replace(' ', '-'), `message-${kind}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      if (javaScriptEnabled) await expectAccessible(page, 'message');
    }
    await expectReflow(page);
  });
}
