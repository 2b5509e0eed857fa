// Laravel's session guard with "remember me" and sessions in the database.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'laravel' });

resets('Laravel', 'users.password', { users: ['password', 'remember_token', 'updated_at'] });
