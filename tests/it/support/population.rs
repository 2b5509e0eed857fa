//! Rows as a service has them that has run for a while, made by the database itself: a million accounts
//! in seconds. One SQL text for both databases. Used by the tests of query plans and by the benchmark.

/// Every table grows.
pub use keyback::store::TABLES;

/// How many of what.
#[derive(Clone, Copy)]
pub struct Population {
    /// `account-<n>@example.org`, beginning with 1.
    pub accounts: u64,
    /// Each with its link keys, grant, message, session, limits and audit. The first belong to accounts, one
    /// each; the others to addresses that nobody has.
    pub open_challenges: u64,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// 24 characters that end with a number; neighbours by number are none by id, as ids are random.
fn id(prefix: &str) -> String {
    id_of(prefix, "i")
}

fn id_of(prefix: &str, number: &str) -> String {
    format!("'{prefix:-<14}' || (1000000000 + {number} * 611953 % 1000003)")
}

/// 43 characters, as long as a hash is.
fn hash(prefix: &str) -> String {
    format!("'{prefix:-<33}' || (1000000000 + i * 611953 % 1000003)")
}

fn rows(count: u64, insert: &str) -> String {
    format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {count}) {insert}"
    )
}

impl Population {
    /// To be executed in this order on an empty schema, in one transaction.
    pub fn statements(&self) -> Vec<String> {
        let Self { accounts, open_challenges, now } = *self;
        let bound = open_challenges.min(accounts);
        let (minute, day) = (60_000, 86_400_000_i64);
        let (account, challenge) = (id("account"), id("challenge"));
        let is_bound = |value: &str| format!("CASE WHEN i <= {bound} THEN {value} END");
        let address = format!("CASE WHEN i <= {bound} THEN 'account-' ELSE 'stranger-' END || i || '@example.org'");
        vec![
            rows(
                accounts,
                &format!(
                    "INSERT INTO accounts (id, email, email_canonical, email_verified_at, phone, phone_verified_at, username, \
                 username_canonical, created_at) SELECT {account}, 'account-' || i || '@example.org', \
                 'account-' || i || '@example.org', {now} - {day}, '+1' || (2020000000 + i), {now} - {day}, \
                 'account-' || i, 'account-' || i, {now} - {day} FROM n",
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO challenges (id, identifier_kind, identifier, locale, caller_address, door, requested_at, \
                 expires_at, account_id, sent_to, code_hash, code_expires_at, code_attempts, channel) \
                 SELECT {challenge}, 'email', {address}, 'en', '203.0.113.9', 'pages', {now} - i % {minute}, {now} + 30 * {minute}, {}, {}, {}, \
                 {now} + 10 * {minute}, 0, {} FROM n",
                    is_bound(&account),
                    is_bound(&address),
                    is_bound(&hash("code")),
                    is_bound("CASE WHEN i % 10 = 0 THEN 'sms' ELSE 'email' END"),
                ),
            ),
            rows(
                bound,
                &format!(
                    "INSERT INTO link_keys (key_hash, purpose, challenge_id, minted_at, expires_at) \
                 SELECT {}, 'reset', {challenge}, {now}, {now} + 30 * {minute} FROM n",
                    hash("reset"),
                ),
            ),
            rows(
                bound,
                &format!(
                    "INSERT INTO link_keys (key_hash, purpose, challenge_id, minted_at, expires_at) \
                 SELECT {}, 'cancel', {challenge}, {now}, {now} + 30 * {minute} FROM n",
                    hash("cancel"),
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO grants (token_hash, challenge_id, channel, issued_at, expires_at) \
                 SELECT {}, {}, 'link', {now}, {now} + 10 * {minute} FROM n",
                    hash("grant"),
                    id_of("challenge", &format!("((i - 1) % {bound} + 1)")),
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO outbox (id, kind, challenge_id, created_at, due_at, give_up_at, attempts, lease_until, \
                 finished_at, outcome) SELECT {}, 'reset', {challenge}, {now} - i % {minute}, {now} - i % {minute}, \
                 {now} + 240 * {minute}, 1, {now}, {now}, CASE WHEN i <= {bound} THEN 'sent' ELSE 'nobody' END FROM n",
                    id("message"),
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO sessions (id_hash, account_id, data, expires_at) \
                 SELECT {}, {}, '{{\"typed\":\"someone@example.org\"}}', {now} + 45 * {minute} FROM n",
                    hash("session"),
                    is_bound(&account),
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO limits (rule, subject, window_started_at, window_ends_at, hits) \
                 SELECT 'identifier_day', {}, {now}, {now} + {day}, 1 FROM n",
                    hash("subject"),
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO audit (id, happened_at, event, result, actor, challenge_id, caller_address, user_agent) \
                 SELECT {}, {now} - i, 'reset.requested', 'ok', 'person', {challenge}, '203.0.113.9', 'Firefox' FROM n",
                    id("audit"),
                ),
            ),
            rows(
                open_challenges,
                &format!(
                    "INSERT INTO idempotency (client, key_hash, request_hash, begun_at, lease_until, body, expires_at) \
                 SELECT {}, {}, {}, {now}, {now} + {minute}, '{{}}', {now} + {day} FROM n",
                    id("key"),
                    hash("key"),
                    hash("request"),
                ),
            ),
            rows(
                10_000,
                &format!(
                    "INSERT INTO api_keys (id, key_hash, name, kind, scopes, origins, redirect_urls, created_at) \
                 SELECT {}, {}, 'shop', 'secret', 'resets:request', '', '', {now} FROM n",
                    id("key"),
                    hash("key"),
                ),
            ),
        ]
    }
}
