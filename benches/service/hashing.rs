//! How many passwords this machine can hash when it does nothing else: the upper bound for completed resets.

use std::time::Instant;

use keyback::accounts::Hasher;
use keyback::model::NewPassword;
use keyback::telemetry::Metrics;

use crate::Result;
use crate::parallel::{Queue, work_off};

/// Hashes per measurement.
pub const HASHES: usize = 250;

/// Parallel hashes: more than there are cores, fewer than the queue holds.
const AT_ONCE: usize = 32;

/// Hashes per second on all cores, with the parameters and threads of the service.
pub async fn raw_rate() -> Result<f64> {
    let hasher = Hasher::start(None, Metrics::default())?;
    let start = Instant::now();
    work_off(&Queue::new((0..HASHES).collect()), AT_ONCE, |_| {
        let hasher = hasher.clone();
        async move {
            let password = NewPassword::parse("walnut river lantern".to_owned())?;
            Ok(hasher.hash(password).await?)
        }
    })
    .await?;
    Ok(HASHES as f64 / start.elapsed().as_secs_f64())
}
