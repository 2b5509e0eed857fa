INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES ('u7', 'Jane', 'jane@example.org', TRUE, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES ('u8', 'Joe', 'joe@example.org', TRUE, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") VALUES ('a7', 'u7', 'credential', 'u7', '335ac4596076593549ea1f6773a8f527:d653d485cf094cb6ad0dc2d3d1c1c6e3257d9c878cec11e31174110416058349e85725561c3394eed8b2acf158a23d03752847e670b0c88c56dcec575a976a55', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "account" ("id", "accountId", "providerId", "userId", "createdAt", "updatedAt") VALUES ('g7', '123', 'google', 'u7', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") VALUES ('a8', 'u8', 'credential', 'u8', '335ac4596076593549ea1f6773a8f527:d653d485cf094cb6ad0dc2d3d1c1c6e3257d9c878cec11e31174110416058349e85725561c3394eed8b2acf158a23d03752847e670b0c88c56dcec575a976a55', '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId") VALUES ('s7', '2027-01-01 00:00:00', 't7', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'u7');
INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId") VALUES ('s8', '2027-01-01 00:00:00', 't8', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'u8');
-- ends: SELECT COUNT(*) FROM "session" WHERE "userId" = 'u7'
-- ends: SELECT COUNT(*) FROM "account" WHERE "id" = 'g7' AND "password" IS NOT NULL
-- stays: SELECT COUNT(*) FROM "session" WHERE "userId" = 'u8'
