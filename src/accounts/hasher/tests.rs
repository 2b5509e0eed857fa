//! Hashing and verifying on the threads.

use argon2::{Algorithm, Argon2, Params, Version};

use super::admission::MOST;
use super::*;
use crate::accounts::StoredHash;
use crate::accounts::formats::argon2::Memory;

pub fn panic_over<T>(_waiting: T) {
    panic!("as a library would over a hash that it cannot read");
}

fn password(text: &str) -> NewPassword {
    NewPassword::parse(text.to_owned()).unwrap()
}

// SECURITY.md, requirement 42
#[tokio::test]
async fn a_hash_is_argon2id_with_the_parameters_of_the_standard() {
    let hasher = Hasher::start(None, Metrics::default()).unwrap();
    let hash = hasher.hash(password("correct horse battery")).await.unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(StoredHash::parse(hash.as_str()).unwrap().verify(b"correct horse battery", &mut Memory::none()));
    let again = hasher.hash(password("correct horse battery")).await.unwrap();
    assert_ne!(hash.as_str(), again.as_str(), "every hash has a salt of its own");
}

#[tokio::test]
async fn a_weaker_hash_is_upgraded_and_ours_is_not() {
    let hasher = Hasher::start(None, Metrics::default()).unwrap();
    let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned();
    let Verdict::RightAndUpgraded(hash) = hasher.verify(password("U*U"), Some(bcrypt)).await.unwrap() else {
        panic!("a bcrypt hash is replaced");
    };
    assert!(hasher.verify(password("U*U"), Some(hash.as_str().to_owned())).await.unwrap() == Verdict::Right);
    assert!(hasher.verify(password("U*V"), Some(hash.as_str().to_owned())).await.unwrap() == Verdict::Wrong);
    assert!(hasher.verify(password("U*U"), None).await.unwrap() == Verdict::Wrong);
}

// Of letters with combining accents, as a system stores them that does not compose what people type.
#[tokio::test]
async fn an_imported_hash_of_decomposed_text_opens_and_is_then_of_composed_text() {
    let hasher = Hasher::start(None, Metrics::default()).unwrap();
    let decomposed = "cafe\u{301} cre\u{300}me";
    let salt = b"0123456789abcdef";
    let bcrypt = bcrypt::hash_with_salt(decomposed, 4, *salt).unwrap().to_string();
    let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let same = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
    let by = |argon2: &Argon2<'_>| {
        use argon2::password_hash::PasswordHasher;
        argon2.hash_password_with_salt(decomposed.as_bytes(), salt).unwrap().to_string()
    };
    let django = {
        use base64::Engine;
        let hash = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(decomposed.as_bytes(), b"seasalt", 1000);
        format!("pbkdf2_sha256$1000$seasalt${}", base64::engine::general_purpose::STANDARD.encode(hash))
    };
    for stored in [bcrypt, by(&weaker), by(&same), django] {
        for typed in ["caf\u{e9} cr\u{e8}me", decomposed, "caf\u{e9} cre\u{300}me"] {
            let verdict = hasher.verify(password(typed), Some(stored.clone())).await.unwrap();
            let Verdict::RightAndUpgraded(upgraded) = verdict else { panic!("{stored} is replaced") };
            for again in ["caf\u{e9} cr\u{e8}me", decomposed] {
                let verdict = hasher.verify(password(again), Some(upgraded.as_str().to_owned())).await.unwrap();
                assert!(verdict == Verdict::Right, "{stored}");
            }
        }
        assert!(hasher.verify(password("cafe creme"), Some(stored)).await.unwrap() == Verdict::Wrong);
    }
}

#[tokio::test]
async fn a_panic_costs_its_request_and_no_thread() {
    let metrics = Metrics::default();
    let hasher = Hasher::start(None, metrics.clone()).unwrap();
    let threads = metrics.hash_threads();
    assert!(threads > 0);
    for _ in 0..2 * threads {
        assert!(hasher.ask(|reply| Job::Panic { reply }).await == Err(HashError::Failed));
    }
    assert_eq!(metrics.hash_threads(), threads);
    assert!(hasher.hash(password("correct horse battery")).await.is_ok());
    let mut written = String::new();
    metrics.write(&mut written).unwrap();
    assert!(written.contains("keyback_hash_busy 0\n"), "{written}");
}

#[tokio::test]
async fn the_threads_end_with_the_last_hasher() {
    let metrics = Metrics::default();
    let hasher = Hasher::start(None, metrics.clone()).unwrap();
    drop(hasher.clone());
    assert!(hasher.hash(password("correct horse battery")).await.is_ok());
    drop(hasher);
    while metrics.hash_threads() > 0 {
        tokio::task::yield_now().await;
    }
}

// SECURITY.md, requirement 43
#[tokio::test]
async fn a_full_queue_says_busy_and_recovers() {
    let metrics = Metrics::default();
    let hasher = Hasher::start(None, metrics.clone()).unwrap();
    let tries: Vec<_> = (0..MOST + 64)
        .map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.hash(password("correct horse battery")).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for attempt in tries {
        outcomes.push(attempt.await.unwrap());
    }
    assert!(outcomes.contains(&Err(HashError::Busy)));
    assert!(outcomes.iter().any(Result::is_ok));
    assert!(hasher.hash(password("correct horse battery")).await.is_ok());
    let refused = outcomes.iter().filter(|outcome| **outcome == Err(HashError::Busy)).count();
    let mut told = String::new();
    metrics.write(&mut told).unwrap();
    for line in [format!("keyback_hashes_refused_total {refused}\n"), "keyback_hash_queued 0\n".to_owned()] {
        assert!(told.contains(&line), "{told}");
    }
}

#[tokio::test]
async fn hashes_for_an_app_are_its_own_and_never_upgraded() {
    let recipe = Recipe::parse("bcrypt", &["variant=2y".to_owned(), "cost=4".to_owned()], None).unwrap();
    let hasher = Hasher::start(Some(recipe), Metrics::default()).unwrap();
    let hash = hasher.hash(password("walnut")).await.unwrap();
    assert!(hash.as_str().starts_with("$2y$04$"));
    let older = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for (typed, stored) in [("walnut", hash.as_str()), ("U*U", older)] {
        assert!(hasher.verify(password(typed), Some(stored.to_owned())).await.unwrap() == Verdict::Right);
        assert!(hasher.verify(password("lantern"), Some(stored.to_owned())).await.unwrap() == Verdict::Wrong);
    }
    assert!(hasher.verify(password("walnut"), None).await.unwrap() == Verdict::Wrong);
    let locked = hasher.lock_hash().await.unwrap();
    assert!(locked.as_str().starts_with("$2y$04$") && locked != hasher.lock_hash().await.unwrap());
}

#[tokio::test]
async fn what_an_app_cannot_take_is_refused_before_it_is_hashed() {
    let recipe = Recipe::parse("bcrypt", &["cost=4".to_owned()], None).unwrap();
    let hasher = Hasher::start(Some(recipe), Metrics::default()).unwrap();
    let long = "x".repeat(73);
    assert!(hasher.unfit(&password(&long)).is_some());
    assert_eq!(hasher.hash(password(&long)).await, Err(HashError::Failed));
    assert_eq!(hasher.unfit(&password(&long[1..])), None);
    let ours = Hasher::start(None, Metrics::default()).unwrap();
    assert_eq!(ours.unfit(&password(&long)), None);
    assert!(ours.hash(password(&long)).await.is_ok());
    assert!(ours.lock_hash().await.unwrap().as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}
