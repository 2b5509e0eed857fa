-- The users of fastapi-users 15 (SQLAlchemy 2) and the tokens of its database strategy on MySQL and MariaDB.

CREATE TABLE `user` (
    id CHAR(36) NOT NULL,
    email VARCHAR(320) NOT NULL,
    hashed_password VARCHAR(1024) NOT NULL,
    is_active BOOL NOT NULL,
    is_superuser BOOL NOT NULL,
    is_verified BOOL NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_user_email ON `user` (email);

CREATE TABLE accesstoken (
    user_id CHAR(36) NOT NULL,
    token VARCHAR(43) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (token),
    FOREIGN KEY(user_id) REFERENCES `user` (id) ON DELETE cascade
);

CREATE INDEX ix_accesstoken_created_at ON accesstoken (created_at);
