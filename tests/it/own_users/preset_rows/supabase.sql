INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, recovery_token) VALUES ('00000000-0000-4000-8000-000000000007', 'jane@example.org', '$2a$10$C30T/cxHat.2Mcp2A8alqebLRb25kRKrg2Gc.LdgEmsNjV1AHRtZC', '2026-01-01 00:00:00', 'x');
INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at) VALUES ('00000000-0000-4000-8000-000000000008', 'joe@example.org', '$2a$10$C30T/cxHat.2Mcp2A8alqebLRb25kRKrg2Gc.LdgEmsNjV1AHRtZC', '2026-01-01 00:00:00');
INSERT INTO auth.sessions (id, user_id) VALUES ('00000000-0000-4000-8000-000000000017', '00000000-0000-4000-8000-000000000007');
INSERT INTO auth.sessions (id, user_id) VALUES ('00000000-0000-4000-8000-000000000018', '00000000-0000-4000-8000-000000000008');
-- ends: SELECT COUNT(*) FROM auth.sessions WHERE user_id = '00000000-0000-4000-8000-000000000007'
-- ends: SELECT COUNT(*) FROM auth.users WHERE recovery_token = 'x'
-- stays: SELECT COUNT(*) FROM auth.sessions WHERE user_id = '00000000-0000-4000-8000-000000000008'
