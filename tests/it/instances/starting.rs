//! Instances that start together, and changes that an operator makes while they run.

use reqwest::StatusCode;
use serde_json::json;

use super::{Fleet, INSTANCES, on_postgres};

on_postgres! {
    async fn started_together_on_an_empty_database_they_migrate_it_once_and_all_serve() {
        let fleet = Fleet::start(&[]).await;
        let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().count();
        let applied = fleet.database.number("SELECT COUNT(*) FROM _sqlx_migrations WHERE success").await;
        assert_eq!(usize::try_from(applied), Ok(migrations));
        for instance in &fleet.instances {
            assert_eq!(instance.browser().get("/forgot-password").await.status, StatusCode::OK);
        }
        fleet.stop().await;
    }

    // SECURITY.md, requirement 68: a revoked key is refused within a second, by whomever it is shown to
    async fn a_key_that_is_revoked_is_refused_by_every_instance_at_once() {
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(1).await;
        let key = fleet.program.api_key().await;
        let id = fleet.database.texts("SELECT id FROM api_keys").await.remove(0);
        let show = || async {
            let body = json!({"email": "person0@example.org", "password": "wrong"});
            fleet.browser().call_api("/api/v1/accounts/authenticate", &key, body).await.json()["type"].clone()
        };
        for _ in 0..INSTANCES {
            assert_eq!(show().await, "/problems/invalid-credentials");
        }
        fleet.program.succeed(&["keys", "revoke", &id]).await;
        for _ in 0..INSTANCES {
            assert_eq!(show().await, "/problems/invalid-api-key");
        }
        fleet.stop().await;
    }
}
