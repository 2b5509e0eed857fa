// Rails with what its authentication generator writes.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'rails' });

resets('Rails', 'users.password_digest', { users: ['password_digest', 'updated_at'] });
