//! Whether the database answers, and how the connections of its pools are used.

use super::{Store, StoreError};

/// One pool of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// `read` and `write`, or `all` if one pool serves both.
    pub name: &'static str,
    /// Open connections.
    pub open: u32,
    /// How many of them are idle.
    pub idle: usize,
}

impl Store {
    /// Queries one connection of every pool. `false` if the answer came from a server that accepts no writes.
    pub async fn is_ready(&self) -> Result<bool, StoreError> {
        for (_, pool) in self.pools() {
            sqlx::query("SELECT 1").execute(pool).await?;
        }
        self.takes_writes().await
    }

    /// The current sizes of the pools.
    pub fn pool_sizes(&self) -> Vec<PoolSize> {
        let size = |(name, pool): (_, &sqlx::AnyPool)| PoolSize { name, open: pool.size(), idle: pool.num_idle() };
        self.pools().into_iter().map(size).collect()
    }
}
