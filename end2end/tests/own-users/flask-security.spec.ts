// Flask-Security.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'flask-security' });

resets('Flask-Security', 'user.password', { user: ['password', 'fs_uniquifier', 'update_datetime'] });
