INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_registered, user_activation_key) VALUES (7, 'Jane', '$wp$2y$10$7aIgmc44ld.3x5YtuMCRQug3pTuByVEGsu/kbS3HJnBeLaCId0OQ6', 'jane', 'Jane@example.org', '2026-01-01 00:00:00', 'x');
INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, user_email, user_registered) VALUES (8, 'joe', '$wp$2y$10$7aIgmc44ld.3x5YtuMCRQug3pTuByVEGsu/kbS3HJnBeLaCId0OQ6', 'joe', 'joe@example.org', '2026-01-01 00:00:00');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (7, 'session_tokens', 'x');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (7, 'nickname', 'jane');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (8, 'session_tokens', 'x');
-- ends: SELECT COUNT(*) FROM wp_usermeta WHERE user_id = 7 AND meta_key = 'session_tokens'
-- ends: SELECT COUNT(*) FROM wp_users WHERE user_activation_key <> ''
-- stays: SELECT COUNT(*) FROM wp_usermeta WHERE user_id = 8
-- stays: SELECT COUNT(*) FROM wp_usermeta WHERE meta_key = 'nickname'
