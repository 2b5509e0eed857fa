import { test, expect } from '../fixtures/test.ts';
import { askAndRead, openLink } from '../fixtures/steps.ts';
test('look', async ({ page, keyback, mailbox }) => {
  page.on('console', m => console.log('CONSOLE', m.type(), m.text(), m.location().url));
  page.on('requestfinished', async r => console.log('REQ', r.url(), (await r.response())?.status()));
  const email = await keyback.addAccount();
  const mail = await askAndRead(page, mailbox, email);
  console.log(mail.text, mail.link, mail.code, mail.notMeLink);
  await openLink(page, mail);
  console.log(await page.content());
  await page.waitForTimeout(2000);
  console.log(await page.locator('button').allTextContents());
});
