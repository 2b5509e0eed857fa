// The first page asks only for the kinds of identifiers that the configuration allows.

import { Keyback, unusedAddress, unusedPhone, unusedUsername } from '../fixtures/keyback.ts';
import { heading } from '../fixtures/steps.ts';
import { expect, test } from '../fixtures/test.ts';

const WAYS = [
  { channels: 'email', label: 'E-mail address', type: 'email', button: 'Send the link', typed: unusedAddress(), refused: unusedUsername() },
  { channels: 'sms', label: 'Phone number', type: 'tel', button: 'Send the code', typed: unusedPhone(), refused: unusedUsername() },
  { channels: 'username', label: 'Username', type: 'text', button: 'Send link or code', typed: unusedUsername(), refused: unusedAddress() },
  { channels: 'email,sms', label: 'E-mail address or phone number', type: 'text', button: 'Send link or code', typed: unusedPhone(), refused: unusedUsername() },
];

for (const { channels, label, type, button, typed, refused } of WAYS) {
  test(`with reset.channels = ${channels} the field is called "${label}"`, async ({ page, watch, mailbox, gateway, app }) => {
    const keyback = await Keyback.start({ mailbox, gateway, app }, { KEYBACK_RESET__CHANNELS: channels });
    watch.allow(keyback.origin);
    try {
      await page.goto(`${keyback.origin}/forgot-password`);
      const field = page.getByLabel(label, { exact: true });
      await expect(field).toHaveAttribute('type', type);
      await expect(field).toHaveAttribute('autocomplete', 'username');
      await field.fill(refused);
      await page.getByRole('button', { name: button, exact: true }).click();
      await expect(page.getByRole('alert')).toBeVisible();
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await field.fill(typed);
      await page.getByRole('button', { name: button, exact: true }).click();
      if (channels === 'email') await expect(heading(page, 'Check your e-mail')).toBeVisible();
      else await expect(heading(page, 'Enter the code')).toBeVisible();
    } finally {
      await keyback.stop();
    }
  });
}
