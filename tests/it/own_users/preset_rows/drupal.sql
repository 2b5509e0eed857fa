INSERT INTO "users_field_data" ("uid", "langcode", "name", "pass", "mail", "status", "created", "access", "default_langcode") VALUES (7, 'en', 'jane', '$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG', 'jane@example.org', 1, 1, 1, 1);
INSERT INTO "users_field_data" ("uid", "langcode", "name", "pass", "mail", "status", "created", "access", "default_langcode") VALUES (8, 'en', 'joe', '$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG', 'joe@example.org', 1, 1, 1, 1);
INSERT INTO "sessions" ("uid", "sid") VALUES (7, 'a');
INSERT INTO "sessions" ("uid", "sid") VALUES (8, 'b');
INSERT INTO "cache_entity" ("cid", "checksum") VALUES ('values:user:7', '1');
INSERT INTO "cache_entity" ("cid", "checksum") VALUES ('values:user:8', '1');
-- ends: SELECT COUNT(*) FROM sessions WHERE uid = 7
-- ends: SELECT COUNT(*) FROM cache_entity WHERE cid = 'values:user:7'
-- stays: SELECT COUNT(*) FROM cache_entity WHERE cid = 'values:user:8'
-- stays: SELECT COUNT(*) FROM sessions WHERE uid = 8
