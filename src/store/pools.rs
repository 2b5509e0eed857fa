//! Whether the database answers, and how its connections are used. Called by `server`.

use super::{Store, StoreError};

/// One pool of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// `read` and `write`, or `all` where one pool is for both.
    pub name: &'static str,
    /// Open connections.
    pub open: u32,
    /// Those of them that nobody uses now.
    pub idle: usize,
}

impl Store {
    /// Asks for an answer on a connection of every pool. `false`: there is one, from a server that takes no
    /// writes.
    pub async fn is_ready(&self) -> Result<bool, StoreError> {
        for (_, pool) in self.pools() {
            sqlx::query("SELECT 1").execute(pool).await?;
        }
        self.takes_writes().await
    }

    /// The pools as they are now.
    pub fn pool_sizes(&self) -> Vec<PoolSize> {
        let size = |(name, pool): (_, &sqlx::AnyPool)| PoolSize { name, open: pool.size(), idle: pool.num_idle() };
        self.pools().into_iter().map(size).collect()
    }
}
