// Django: `django.contrib.auth` with its sessions.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'django' });

resets('Django', 'auth_user.password', { auth_user: ['password'] });
