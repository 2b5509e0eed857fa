// FastAPI Users with sessions in the database.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'fastapi-users' });

resets('FastAPI Users', 'user.hashed_password', { user: ['hashed_password'] });
