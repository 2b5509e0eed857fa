-- The users of Devise 5, with the lines of its migration that are not comments, on MySQL and MariaDB.

CREATE TABLE `users` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `email` varchar(255) DEFAULT '' NOT NULL,
    `encrypted_password` varchar(255) DEFAULT '' NOT NULL,
    `reset_password_token` varchar(255),
    `reset_password_sent_at` datetime(6),
    `remember_created_at` datetime(6),
    `created_at` datetime(6) NOT NULL,
    `updated_at` datetime(6) NOT NULL
) CHARSET=utf8mb4;

CREATE UNIQUE INDEX `index_users_on_email` ON `users` (`email`);

CREATE UNIQUE INDEX `index_users_on_reset_password_token` ON `users` (`reset_password_token`);
