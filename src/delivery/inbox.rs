//! The messages that the demo keeps instead of sending them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of messages that are kept.
const SIZE: usize = 100;

/// A message that was kept.
#[derive(Clone)]
pub struct CapturedMessage {
    /// Counts up from 1.
    pub number: usize,
    pub to: String,
    pub text: String,
    pub kind: CapturedKind,
}

/// What kind of message it is.
#[derive(Clone)]
pub enum CapturedKind {
    Mail { subject: String, html: String },
    Text,
}

/// The newest messages, for `/dev/inbox`. Clones share them.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<VecDeque<CapturedMessage>>>);

impl Inbox {
    /// The messages, newest first.
    pub fn messages(&self) -> Vec<CapturedMessage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    pub(super) fn push(&self, to: &str, text: &str, kind: CapturedKind) {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = messages.back().map_or(1, |last| last.number + 1);
        messages.push_back(CapturedMessage { number, to: to.to_owned(), text: text.to_owned(), kind });
        if messages.len() > SIZE {
            messages.pop_front();
        }
    }
}
