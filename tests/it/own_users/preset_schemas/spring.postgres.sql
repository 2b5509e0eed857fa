-- The default schema of Spring Security's JdbcUserDetailsManager on PostgreSQL, and a table of addresses, which it does
-- not have.

create table users (
    username varchar(50) not null primary key,
    password varchar(500) not null,
    enabled boolean not null
);

create table authorities (
    username varchar(50) not null,
    authority varchar(50) not null,
    constraint fk_authorities_users foreign key (username) references users (username)
);

create unique index ix_auth_username on authorities (username, authority);

create table profiles (
    username varchar(50) not null primary key references users (username),
    email varchar(254) not null
);
