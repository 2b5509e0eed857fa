// Symfony's form login with PHP's sessions.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'symfony' });

resets('Symfony', 'user.password', { user: ['password'] });
