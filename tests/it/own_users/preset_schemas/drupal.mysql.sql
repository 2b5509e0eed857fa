-- The tables of Drupal 10 and 11 that hold accounts, sessions, cached accounts and failed sign-ins, on MySQL and
-- MariaDB. Drupal creates the last three when it first needs them.

CREATE TABLE `users_field_data` (
    `uid` int(10) unsigned NOT NULL,
    `langcode` varchar(12) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
    `preferred_langcode` varchar(12) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT NULL,
    `preferred_admin_langcode` varchar(12) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT NULL,
    `name` varchar(60) NOT NULL,
    `pass` varchar(255) DEFAULT NULL,
    `mail` varchar(254) DEFAULT NULL,
    `timezone` varchar(32) DEFAULT NULL,
    `status` tinyint(4) DEFAULT NULL,
    `created` int(11) NOT NULL,
    `changed` int(11) DEFAULT NULL,
    `access` int(11) NOT NULL,
    `login` int(11) DEFAULT NULL,
    `init` varchar(254) DEFAULT NULL,
    `default_langcode` tinyint(4) NOT NULL,
    PRIMARY KEY (`uid`,`langcode`),
    UNIQUE KEY `user__name` (`name`,`langcode`),
    KEY `user__id__default_langcode__langcode` (`uid`,`default_langcode`,`langcode`),
    KEY `user_field__mail` (`mail`(191)),
    KEY `user_field__created` (`created`),
    KEY `user_field__access` (`access`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `sessions` (
    `uid` int(10) unsigned NOT NULL,
    `sid` varchar(128) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
    `hostname` varchar(128) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT '',
    `timestamp` bigint(20) NOT NULL DEFAULT 0,
    `session` longblob DEFAULT NULL,
    PRIMARY KEY (`sid`),
    KEY `timestamp` (`timestamp`),
    KEY `uid` (`uid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `cache_entity` (
    `cid` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    `data` longblob DEFAULT NULL,
    `expire` bigint(20) NOT NULL DEFAULT 0,
    `created` decimal(14,3) NOT NULL DEFAULT 0.000,
    `serialized` smallint(6) NOT NULL DEFAULT 0,
    `tags` longtext DEFAULT NULL,
    `checksum` varchar(255) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
    PRIMARY KEY (`cid`),
    KEY `expire` (`expire`),
    KEY `created` (`created`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `flood` (
    `fid` int(11) NOT NULL AUTO_INCREMENT,
    `event` varchar(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT '',
    `identifier` varchar(128) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT '',
    `timestamp` bigint(20) NOT NULL DEFAULT 0,
    `expiration` bigint(20) NOT NULL DEFAULT 0,
    PRIMARY KEY (`fid`),
    KEY `allow` (`event`,`identifier`,`timestamp`),
    KEY `purge` (`expiration`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
