-- The user entity of Symfony's make:user, as Doctrine creates it on MySQL and MariaDB.

CREATE TABLE `user` (
    id INT AUTO_INCREMENT NOT NULL,
    email VARCHAR(180) NOT NULL,
    roles JSON NOT NULL,
    password VARCHAR(255) NOT NULL,
    UNIQUE INDEX UNIQ_IDENTIFIER_EMAIL (email),
    PRIMARY KEY (id)
) DEFAULT CHARACTER SET utf8mb4;
