-- The tables of Moodle 4 that hold accounts, sessions and preferences, on PostgreSQL.

CREATE TABLE mdl_user (
    id BIGSERIAL PRIMARY KEY,
    auth VARCHAR(20) NOT NULL DEFAULT 'manual',
    confirmed SMALLINT NOT NULL DEFAULT 0,
    policyagreed SMALLINT NOT NULL DEFAULT 0,
    deleted SMALLINT NOT NULL DEFAULT 0,
    suspended SMALLINT NOT NULL DEFAULT 0,
    mnethostid BIGINT NOT NULL DEFAULT 0,
    username VARCHAR(100) NOT NULL DEFAULT '',
    password VARCHAR(255) NOT NULL DEFAULT '',
    idnumber VARCHAR(255) NOT NULL DEFAULT '',
    firstname VARCHAR(100) NOT NULL DEFAULT '',
    lastname VARCHAR(100) NOT NULL DEFAULT '',
    email VARCHAR(100) NOT NULL DEFAULT '',
    emailstop SMALLINT NOT NULL DEFAULT 0,
    phone1 VARCHAR(20) NOT NULL DEFAULT '',
    phone2 VARCHAR(20) NOT NULL DEFAULT '',
    institution VARCHAR(255) NOT NULL DEFAULT '',
    department VARCHAR(255) NOT NULL DEFAULT '',
    address VARCHAR(255) NOT NULL DEFAULT '',
    city VARCHAR(120) NOT NULL DEFAULT '',
    country VARCHAR(2) NOT NULL DEFAULT '',
    lang VARCHAR(30) NOT NULL DEFAULT 'en',
    calendartype VARCHAR(30) NOT NULL DEFAULT 'gregorian',
    theme VARCHAR(50) NOT NULL DEFAULT '',
    timezone VARCHAR(100) NOT NULL DEFAULT '99',
    firstaccess BIGINT NOT NULL DEFAULT 0,
    lastaccess BIGINT NOT NULL DEFAULT 0,
    lastlogin BIGINT NOT NULL DEFAULT 0,
    currentlogin BIGINT NOT NULL DEFAULT 0,
    lastip VARCHAR(45) NOT NULL DEFAULT '',
    secret VARCHAR(15) NOT NULL DEFAULT '',
    picture BIGINT NOT NULL DEFAULT 0,
    description TEXT,
    descriptionformat SMALLINT NOT NULL DEFAULT 1,
    mailformat SMALLINT NOT NULL DEFAULT 1,
    maildigest SMALLINT NOT NULL DEFAULT 0,
    maildisplay SMALLINT NOT NULL DEFAULT 2,
    autosubscribe SMALLINT NOT NULL DEFAULT 1,
    trackforums SMALLINT NOT NULL DEFAULT 0,
    timecreated BIGINT NOT NULL DEFAULT 0,
    timemodified BIGINT NOT NULL DEFAULT 0,
    trustbitmask BIGINT NOT NULL DEFAULT 0,
    imagealt VARCHAR(255),
    lastnamephonetic VARCHAR(255),
    firstnamephonetic VARCHAR(255),
    middlename VARCHAR(255),
    alternatename VARCHAR(255),
    moodlenetprofile VARCHAR(255)
);

CREATE UNIQUE INDEX mdl_user_mneuse_uix ON mdl_user (mnethostid, username);

CREATE INDEX mdl_user_del_ix ON mdl_user (deleted);

CREATE INDEX mdl_user_con_ix ON mdl_user (confirmed);

CREATE INDEX mdl_user_ema_ix ON mdl_user (email);

CREATE INDEX mdl_user_aut_ix ON mdl_user (auth);

CREATE TABLE mdl_sessions (
    id BIGSERIAL PRIMARY KEY,
    state BIGINT NOT NULL DEFAULT 0,
    sid VARCHAR(128) NOT NULL DEFAULT '',
    userid BIGINT NOT NULL,
    sessdata TEXT,
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL,
    firstip VARCHAR(45),
    lastip VARCHAR(45)
);

CREATE UNIQUE INDEX mdl_sess_sid_uix ON mdl_sessions (sid);

CREATE INDEX mdl_sess_sta_ix ON mdl_sessions (state);

CREATE INDEX mdl_sess_tim_ix ON mdl_sessions (timecreated);

CREATE INDEX mdl_sess_use_ix ON mdl_sessions (userid);

CREATE TABLE mdl_user_password_resets (
    id BIGSERIAL PRIMARY KEY,
    userid BIGINT NOT NULL,
    timerequested BIGINT NOT NULL,
    timererequested BIGINT NOT NULL DEFAULT 0,
    token VARCHAR(32) NOT NULL DEFAULT ''
);

CREATE INDEX mdl_userpassrese_use_ix ON mdl_user_password_resets (userid);

CREATE TABLE mdl_user_preferences (
    id BIGSERIAL PRIMARY KEY,
    userid BIGINT NOT NULL DEFAULT 0,
    name VARCHAR(255) NOT NULL DEFAULT '',
    value VARCHAR(1333) NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX mdl_userpref_usenam_uix ON mdl_user_preferences (userid, name);

CREATE INDEX mdl_userpref_nam_ix ON mdl_user_preferences (name);
