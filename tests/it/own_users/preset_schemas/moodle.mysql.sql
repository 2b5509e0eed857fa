-- The tables of Moodle 4 that hold accounts, sessions and preferences, on MySQL and MariaDB.

CREATE TABLE mdl_user (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    auth varchar(20) NOT NULL DEFAULT 'manual',
    confirmed tinyint(1) NOT NULL DEFAULT 0,
    policyagreed tinyint(1) NOT NULL DEFAULT 0,
    deleted tinyint(1) NOT NULL DEFAULT 0,
    suspended tinyint(1) NOT NULL DEFAULT 0,
    mnethostid bigint(10) NOT NULL DEFAULT 0,
    username varchar(100) NOT NULL DEFAULT '',
    password varchar(255) NOT NULL DEFAULT '',
    idnumber varchar(255) NOT NULL DEFAULT '',
    firstname varchar(100) NOT NULL DEFAULT '',
    lastname varchar(100) NOT NULL DEFAULT '',
    email varchar(100) NOT NULL DEFAULT '',
    emailstop tinyint(1) NOT NULL DEFAULT 0,
    phone1 varchar(20) NOT NULL DEFAULT '',
    phone2 varchar(20) NOT NULL DEFAULT '',
    institution varchar(255) NOT NULL DEFAULT '',
    department varchar(255) NOT NULL DEFAULT '',
    address varchar(255) NOT NULL DEFAULT '',
    city varchar(120) NOT NULL DEFAULT '',
    country varchar(2) NOT NULL DEFAULT '',
    lang varchar(30) NOT NULL DEFAULT 'en',
    calendartype varchar(30) NOT NULL DEFAULT 'gregorian',
    theme varchar(50) NOT NULL DEFAULT '',
    timezone varchar(100) NOT NULL DEFAULT '99',
    firstaccess bigint(10) NOT NULL DEFAULT 0,
    lastaccess bigint(10) NOT NULL DEFAULT 0,
    lastlogin bigint(10) NOT NULL DEFAULT 0,
    currentlogin bigint(10) NOT NULL DEFAULT 0,
    lastip varchar(45) NOT NULL DEFAULT '',
    secret varchar(15) NOT NULL DEFAULT '',
    picture bigint(10) NOT NULL DEFAULT 0,
    description longtext,
    descriptionformat tinyint(1) NOT NULL DEFAULT 1,
    mailformat tinyint(1) NOT NULL DEFAULT 1,
    maildigest tinyint(1) NOT NULL DEFAULT 0,
    maildisplay tinyint(1) NOT NULL DEFAULT 2,
    autosubscribe tinyint(1) NOT NULL DEFAULT 1,
    trackforums tinyint(1) NOT NULL DEFAULT 0,
    timecreated bigint(10) NOT NULL DEFAULT 0,
    timemodified bigint(10) NOT NULL DEFAULT 0,
    trustbitmask bigint(10) NOT NULL DEFAULT 0,
    imagealt varchar(255),
    lastnamephonetic varchar(255),
    firstnamephonetic varchar(255),
    middlename varchar(255),
    alternatename varchar(255),
    moodlenetprofile varchar(255)
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC;

CREATE UNIQUE INDEX mdl_user_mneuse_uix ON mdl_user (mnethostid, username);

CREATE INDEX mdl_user_del_ix ON mdl_user (deleted);

CREATE INDEX mdl_user_con_ix ON mdl_user (confirmed);

CREATE INDEX mdl_user_ema_ix ON mdl_user (email);

CREATE INDEX mdl_user_aut_ix ON mdl_user (auth);

CREATE TABLE mdl_sessions (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    state bigint(10) NOT NULL DEFAULT 0,
    sid varchar(128) NOT NULL DEFAULT '',
    userid bigint(10) NOT NULL,
    sessdata longtext,
    timecreated bigint(10) NOT NULL,
    timemodified bigint(10) NOT NULL,
    firstip varchar(45),
    lastip varchar(45)
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC;

CREATE UNIQUE INDEX mdl_sess_sid_uix ON mdl_sessions (sid);

CREATE INDEX mdl_sess_sta_ix ON mdl_sessions (state);

CREATE INDEX mdl_sess_tim_ix ON mdl_sessions (timecreated);

CREATE INDEX mdl_sess_use_ix ON mdl_sessions (userid);

CREATE TABLE mdl_user_password_resets (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    userid bigint(10) NOT NULL,
    timerequested bigint(10) NOT NULL,
    timererequested bigint(10) NOT NULL DEFAULT 0,
    token varchar(32) NOT NULL DEFAULT ''
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC;

CREATE INDEX mdl_userpassrese_use_ix ON mdl_user_password_resets (userid);

CREATE TABLE mdl_user_preferences (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    userid bigint(10) NOT NULL DEFAULT 0,
    name varchar(255) NOT NULL DEFAULT '',
    value varchar(1333) NOT NULL DEFAULT ''
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC;

CREATE UNIQUE INDEX mdl_userpref_usenam_uix ON mdl_user_preferences (userid, name);

CREATE INDEX mdl_userpref_nam_ix ON mdl_user_preferences (name);
