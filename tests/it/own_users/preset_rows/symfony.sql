INSERT INTO "user" ("id", "email", "roles", "password") VALUES (7, 'jane@example.org', '[]', '$2y$13$3OYpfRvphJtSq24Lgijd/uwU6V1w1ytGxHowmcsmiXSaKTsZ6Ne7O');
INSERT INTO "user" ("id", "email", "roles", "password") VALUES (8, 'joe@example.org', '[]', '$2y$13$3OYpfRvphJtSq24Lgijd/uwU6V1w1ytGxHowmcsmiXSaKTsZ6Ne7O');
