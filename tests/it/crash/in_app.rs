//! The crash test with accounts in the users table of an app: two databases are written, and a crash between the two
//! loses nothing either.

use std::collections::BTreeMap;

use keyback::model::{AccountId, PasswordFingerprint, ServerKey};
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::{Users, kill_at_random_moments};
use crate::own_users::{AppDatabase, CHEAP_HASH, on_app_databases};
use crate::support::{Database, Program};

/// The table of an app, and the key with which Keyback remembers what is stored there.
pub(super) struct InApp {
    app: AppDatabase,
    key: ServerKey,
}

/// A row of the app.
struct Member {
    id: String,
    email: String,
    stored: String,
    remember_token: String,
    sessions: i64,
    note: String,
}

/// A password that Keyback says to have set.
#[derive(FromRow)]
struct Set {
    account_id: String,
    /// Of what is stored since. Null: it was locked.
    new_fingerprint: Option<String>,
}

impl InApp {
    pub(super) fn configured(&self, program: Program) -> Program {
        self.app.configured(program).with("SERVER__SECRET_KEY", &self.key.to_base64())
    }

    /// Members `person<n>@example.org`, also known as `person<n>`, with the old password and a session.
    pub(super) async fn add_members(&self, count: usize) {
        self.app.create().await;
        let rows = |row: fn(usize) -> String| (0..count).map(row).collect::<Vec<_>>().join(", ");
        let members = rows(|number| {
            format!(
                "({number}, 'person{number}@example.org', 'person{number}', CURRENT_TIMESTAMP, '{CHEAP_HASH}', 'old')"
            )
        });
        let columns = "id, email, login, confirmed_at, pw, remember_token";
        self.app.execute(&format!("INSERT INTO members ({columns}) VALUES {members}")).await;
        let sessions = rows(|number| format!("('s{number}', {number})"));
        self.app.execute(&format!("INSERT INTO web_sessions (id, member_id) VALUES {sessions}")).await;
    }

    /// What is stored for each address. Every row is wholly as before or wholly as after a reset, and Keyback knows of
    /// each change and of no other.
    pub(super) async fn verified(&self, database: &Database) -> BTreeMap<String, String> {
        let completed = "SELECT account_id, new_fingerprint FROM challenges WHERE completed_at IS NOT NULL";
        let set: Vec<Set> = database.rows(completed).await;
        let locked = "SELECT account_id FROM audit WHERE event = 'reset.cancelled' AND result = 'password'";
        let locked = database.texts(locked).await;
        let members = self.members().await;
        for member in &members {
            let Member { id, email, stored, .. } = member;
            let is_old = stored == CHEAP_HASH;
            assert_eq!(member.sessions, i64::from(is_old), "{email}: sessions end with the old password");
            assert_eq!(member.remember_token == "old", is_old, "{email}: the same statement sets both");
            assert_eq!(member.note, "untouched", "{email}");
            let set: Vec<&Set> = set.iter().filter(|set| set.account_id == *id).collect();
            assert_eq!(set.len(), usize::from(!is_old), "{email}: each change was completed once");
            let times_locked = locked.iter().filter(|locked| *locked == id).count();
            if let [set] = set[..] {
                let account = AccountId::parse(id).unwrap();
                let fingerprint = PasswordFingerprint::of(&self.key, &account, Some(stored));
                let expected = if times_locked == 0 { Some(fingerprint.as_str()) } else { None };
                assert_eq!(set.new_fingerprint.as_deref(), expected, "{email}: what is stored is what was written");
            }
            assert!(times_locked <= set.len(), "{email} was locked {times_locked} times");
        }
        members.into_iter().map(|member| (member.email, member.stored)).collect()
    }

    async fn members(&self) -> Vec<Member> {
        let text = if self.app.is_sqlite() { "TEXT" } else { "CHAR(255)" };
        let statement = format!(
            "SELECT TRIM(CAST(id AS {text})), email, pw, remember_token, note, \
             (SELECT COUNT(*) FROM web_sessions WHERE member_id = members.id) FROM members"
        );
        let read = |row: &AnyRow| Member {
            id: row.get(0),
            email: row.get(1),
            stored: row.get(2),
            remember_token: row.get(3),
            note: row.get(4),
            sessions: row.get(5),
        };
        self.app.rows(&statement).await.iter().map(read).collect()
    }

    pub(super) async fn remove(self) {
        self.app.remove().await;
    }
}

#[on_app_databases]
async fn a_server_that_is_killed_loses_nothing_that_it_wrote_into_the_table_of_an_app(app: AppDatabase) {
    let database = app.database_of_keyback().await;
    let key = ServerKey::random().unwrap();
    kill_at_random_moments(database, Users::InApp(InApp { app, key })).await;
}
