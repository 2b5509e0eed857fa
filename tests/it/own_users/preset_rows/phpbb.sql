INSERT INTO phpbb_users (user_id, user_type, username, username_clean, user_password, user_email, user_permissions, user_sig, reset_token) VALUES (7, 0, 'Jane', 'jane', '$argon2id$v=19$m=65536,t=4,p=2$TG9KL013eGNQYWhuYUpMdQ$Kxhw9bDxfkqufeUmHSDs+BN+ynZW2sqTFC2A+UL/qXg', 'jane@example.org', '', '', 'x');
INSERT INTO phpbb_users (user_id, user_type, username, username_clean, user_password, user_email, user_permissions, user_sig) VALUES (8, 0, 'joe', 'joe', '$argon2id$v=19$m=65536,t=4,p=2$TG9KL013eGNQYWhuYUpMdQ$Kxhw9bDxfkqufeUmHSDs+BN+ynZW2sqTFC2A+UL/qXg', 'joe@example.org', '', '');
INSERT INTO phpbb_sessions_keys (key_id, user_id) VALUES ('a', 7);
INSERT INTO phpbb_sessions_keys (key_id, user_id) VALUES ('b', 8);
-- ends: SELECT COUNT(*) FROM phpbb_sessions_keys WHERE user_id = 7
-- ends: SELECT COUNT(*) FROM phpbb_users WHERE reset_token = 'x'
-- stays: SELECT COUNT(*) FROM phpbb_sessions_keys WHERE user_id = 8
