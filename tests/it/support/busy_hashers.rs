//! A server that has no time to hash: its queue of passwords is full, and each one takes seconds.

use std::net::Ipv4Addr;
use std::sync::Arc;

use keyback::accounts::ImportFormat;
use keyback::admin::{Asker, SignInError};
use keyback::model::{Caller, CorrelationId, Identifier, IdentifierKind, NewPassword};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::TestApp;

/// More than the queue and the threads take.
const WAITING: usize = 300;

/// Keeps the hashing threads busy for as long as the answer lives.
pub(crate) async fn keep_hashers_busy(app: &TestApp) -> JoinSet<()> {
    let slow = "pbkdf2_sha256$2000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=";
    let names = (0..WAITING).map(|number| format!("slow{number}"));
    let rows: String =
        names.clone().map(|name| format!("{{\"username\":\"{name}\",\"password_hash\":\"{slow}\"}}\n")).collect();
    app.application.accounts.import(ImportFormat::JsonLines, rows.as_bytes(), |_| {}).await.unwrap();
    let refused = Arc::new(Notify::new());
    let waiting = names
        .map(|name| {
            let (sign_in, refused) = (app.application.sign_in.clone(), Arc::clone(&refused));
            async move {
                let identifier = Identifier::parse(IdentifierKind::Username, &name).unwrap();
                let caller = Caller {
                    address: Ipv4Addr::LOCALHOST.into(),
                    user_agent: String::new(),
                    correlation_id: CorrelationId::random().unwrap(),
                    client: None,
                };
                let asker = Asker { actor: keyback::model::Actor::Demo, caller: &caller };
                let password = NewPassword::parse("x".into()).unwrap();
                let checked = sign_in.check(&identifier, password, &asker).await;
                assert!(matches!(checked, Err(SignInError::Busy)));
                refused.notify_one();
            }
        })
        .collect();
    refused.notified().await;
    waiting
}
