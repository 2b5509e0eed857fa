// WordPress.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'wordpress' });

resets('WordPress', 'wp_users.user_pass', { wp_users: ['user_pass', 'user_activation_key'] });
