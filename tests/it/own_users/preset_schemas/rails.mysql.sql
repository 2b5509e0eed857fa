-- The tables that Rails 8's authentication generator creates, on MySQL and MariaDB.

CREATE TABLE `users` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `email_address` varchar(255) NOT NULL,
    `password_digest` varchar(255) NOT NULL,
    `created_at` datetime(6) NOT NULL,
    `updated_at` datetime(6) NOT NULL
) CHARSET=utf8mb4;

CREATE UNIQUE INDEX `index_users_on_email_address` ON `users` (`email_address`);

CREATE TABLE `sessions` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `user_id` bigint NOT NULL,
    `ip_address` varchar(255),
    `user_agent` varchar(255),
    `created_at` datetime(6) NOT NULL,
    `updated_at` datetime(6) NOT NULL,
    CONSTRAINT `fk_rails_758836b4f0` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)
) CHARSET=utf8mb4;

CREATE INDEX `index_sessions_on_user_id` ON `sessions` (`user_id`);
