// Devise with a pepper.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'devise' });

resets('Devise', 'users.encrypted_password', { users: ['encrypted_password', 'reset_password_token', 'reset_password_sent_at', 'updated_at'] });
