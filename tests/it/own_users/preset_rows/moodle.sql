INSERT INTO mdl_user (id, confirmed, username, password, email, description) VALUES (7, 1, 'jane', '$6$rounds=10000$tEMnvUp6a3CCY0ki$iXNAa6Q5mIUtrhHlZSSTqY9By0viIvKaJ02XpYXzjHfSFbHBHNxWwmrFagUjJZI58uw0fYjQShdmrQv5gau.g/', 'jane@example.org', '');
INSERT INTO mdl_user (id, confirmed, username, password, email, description) VALUES (8, 1, 'joe', '$6$rounds=10000$tEMnvUp6a3CCY0ki$iXNAa6Q5mIUtrhHlZSSTqY9By0viIvKaJ02XpYXzjHfSFbHBHNxWwmrFagUjJZI58uw0fYjQShdmrQv5gau.g/', 'joe@example.org', '');
INSERT INTO mdl_sessions (id, sid, userid, timecreated, timemodified) VALUES (1, 'a', 7, 1, 1);
INSERT INTO mdl_sessions (id, sid, userid, timecreated, timemodified) VALUES (2, 'b', 8, 1, 1);
INSERT INTO mdl_user_preferences (id, userid, name, value) VALUES (1, 7, 'login_lockout', '1');
INSERT INTO mdl_user_preferences (id, userid, name, value) VALUES (2, 7, 'htmleditor', 'x');
-- ends: SELECT COUNT(*) FROM mdl_sessions WHERE userid = 7
-- ends: SELECT COUNT(*) FROM mdl_user_preferences WHERE name = 'login_lockout'
-- stays: SELECT COUNT(*) FROM mdl_sessions WHERE userid = 8
-- stays: SELECT COUNT(*) FROM mdl_user_preferences WHERE name = 'htmleditor'
