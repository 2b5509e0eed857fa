//! A fixed number of workers that process a fixed list of work.

use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::Result;

/// Work that several workers take from.
pub struct Queue<T>(Mutex<std::vec::IntoIter<T>>);

impl<T> Queue<T> {
    pub fn new(items: Vec<T>) -> Self {
        Self(Mutex::new(items.into_iter()))
    }

    /// Whether no work is left. Until then, every worker is busy.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() == 0
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

/// Does all the work, `workers` pieces in parallel. Stops at the first error.
pub async fn work_off<T, R, F>(queue: &Queue<T>, workers: usize, work: impl Fn(T) -> F) -> Result<Vec<R>>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = Result<R>> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut results = Vec::new();
    for item in (0..workers).map_while(|_| queue.take()) {
        running.spawn(work(item));
    }
    while let Some(result) = running.join_next().await {
        results.push(result??);
        if let Some(item) = queue.take() {
            running.spawn(work(item));
        }
    }
    Ok(results)
}
