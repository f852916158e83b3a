//! A look at the whole queue at one instant.

use std::collections::BTreeMap;

use redis::{Cmd, Value};

use crate::{
    brokers::redis::{
        keys::Keys,
        reply::{Parts, ReplyError},
        script,
    },
    queue::{ClaimStatus, Status},
};

/// Asks for the status with at most `claims` claims listed.
#[must_use]
pub fn status(keys: &Keys, claims: usize) -> Cmd {
    script::STATUS.call_on(keys, "").named("listed", claims).command()
}

impl Status {
    /// Reads the answer to [`status`].
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(value: Value) -> Result<Status, ReplyError> {
        let mut parts = Parts::new("a status", value)?;
        let now_ms = parts.count()?;
        let epoch = Some(parts.text()?).filter(|epoch| !epoch.is_empty());
        let pending = parts.count()?;
        let delayed = parts.count()?;
        let in_hand = parts.count()?;
        let claim_count = parts.count()?;
        let dead = parts.count()?;
        let results = parts.count()?;
        let next_due_ms = parts.time()?;
        let mut counts = BTreeMap::new();
        let mut pairs = parts.array()?;
        while !pairs.is_empty() {
            counts.insert(pairs.text()?, pairs.count()?);
        }
        let mut claims = Vec::new();
        let mut listed = parts.array()?;
        while !listed.is_empty() {
            let mut claim = listed.array()?;
            let id = claim.text()?;
            let expiry_ms = claim.number()?;
            let owner = claim.text()?;
            let tasks = claim.count()?;
            let mut words = owner.split(' ').skip(2);
            let worker = words.next().unwrap_or("?").to_owned();
            let taken_ms = words.next().and_then(|ms| ms.parse().ok()).unwrap_or(now_ms);
            claims.push(ClaimStatus {
                id,
                worker,
                tasks,
                age_ms: now_ms.saturating_sub(taken_ms),
                lease_left_ms: expiry_ms.saturating_sub_unsigned(now_ms),
            });
        }
        let forgotten_in_ms = parts.time()?;
        let missing = parts.count()?;
        let paused_since_ms = parts.time()?;
        Ok(Status {
            now_ms,
            epoch,
            pending,
            delayed,
            in_hand,
            claim_count,
            dead,
            results,
            next_due_ms,
            missing,
            paused_since_ms,
            counts,
            forgotten_in_ms,
            claims,
        })
    }
}
