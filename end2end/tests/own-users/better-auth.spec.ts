// Better Auth with sessions in the database.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'better-auth' });

resets('Better Auth', 'account.password', { user: [], account: ['password', 'updatedAt'] });
