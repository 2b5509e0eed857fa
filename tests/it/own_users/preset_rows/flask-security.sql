INSERT INTO "user" ("id", "email", "password", "active", "fs_uniquifier") VALUES (7, 'jane@example.org', '$argon2id$v=19$m=65536,t=3,p=4$gFAKwXgv5TznXKuVsjaGMA$gkrL61hdTjOWyQPH1v5BJijrV84xdPUnQ03Zp00RIws', TRUE, 'old7');
INSERT INTO "user" ("id", "email", "password", "active", "fs_uniquifier") VALUES (8, 'joe@example.org', '$argon2id$v=19$m=65536,t=3,p=4$gFAKwXgv5TznXKuVsjaGMA$gkrL61hdTjOWyQPH1v5BJijrV84xdPUnQ03Zp00RIws', TRUE, 'old8');
-- ends: SELECT COUNT(*) FROM "user" WHERE "fs_uniquifier" = 'old7'
-- stays: SELECT COUNT(*) FROM "user" WHERE "fs_uniquifier" = 'old8'
