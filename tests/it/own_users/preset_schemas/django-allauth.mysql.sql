-- The users of Django 5.2 and the addresses of django-allauth 65: what their migrations create on MySQL and MariaDB.

CREATE TABLE `auth_user` (
    `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
    `password` varchar(128) NOT NULL,
    `last_login` datetime(6) NULL,
    `is_superuser` bool NOT NULL,
    `username` varchar(150) NOT NULL UNIQUE,
    `first_name` varchar(150) NOT NULL,
    `last_name` varchar(150) NOT NULL,
    `email` varchar(254) NOT NULL,
    `is_staff` bool NOT NULL,
    `is_active` bool NOT NULL,
    `date_joined` datetime(6) NOT NULL
);

CREATE TABLE `account_emailaddress` (
    `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
    `user_id` integer NOT NULL,
    `email` varchar(254) NOT NULL,
    `verified` bool NOT NULL,
    `primary` bool NOT NULL
);

ALTER TABLE `account_emailaddress` ADD CONSTRAINT `account_emailaddress_user_id_email_987c8728_uniq` UNIQUE (`user_id`, `email`);

ALTER TABLE `account_emailaddress` ADD CONSTRAINT `account_emailaddress_user_id_2c513194_fk_auth_user_id` FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`);

CREATE INDEX `account_emailaddress_email_03be32b2` ON `account_emailaddress` (`email`);
