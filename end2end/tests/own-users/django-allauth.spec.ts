// django-allauth: people sign in with an address.

import { resets } from '../../fixtures/own-users/resets.ts';
import { test } from '../../fixtures/own-users/test.ts';

test.use({ peerName: 'django-allauth' });

resets('django-allauth', 'auth_user.password', { auth_user: ['password'], account_emailaddress: [] });
