//! `result`: what became of one task.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use worker_runtime::Report;

use super::{
    error::CommandError,
    output::{done, print},
    queue_access::{no_queue, open},
};
use crate::{Queue, QueueError, cli::ResultIdArgs};

/// Results looked at in one call.
const PAGE: usize = 1000;

/// The part of a result that names its task.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// Writes the result of a task as it is stored. Nothing tells where in the list it stands, so that
/// a worker pays nothing for it; all results are looked through, page by page.
pub(super) async fn result(args: ResultIdArgs) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let id = args.id.as_str();
    let quoted = serde_json::to_vec(id)?;
    let finder = memmem::Finder::new(&quoted);
    let mut page = queue.first_results().await?;
    loop {
        let results = queue.results(&mut page, PAGE).await?;
        let is_its = |result: &&Vec<u8>| {
            // The same text may stand in an output.
            finder.find(result).is_some()
                && serde_json::from_slice::<Named<'_>>(result).is_ok_and(|named| named.id == id)
        };
        if let Some(result) = results.iter().find(is_its) {
            print(&format!("{}\n", String::from_utf8_lossy(result)))?;
            return Ok(done());
        }
        if results.is_empty() {
            return Err(why_none(&queue, id).await?.into());
        }
    }
}

/// Where the task is, as far as its id tells.
async fn why_none(queue: &Queue, id: &str) -> Result<CommandError, QueueError> {
    let no_result = |where_it_is: String| CommandError::NoResult { id: id.to_owned(), where_it_is };
    if queue.is_dead(id).await? {
        return Ok(no_result(format!("it is a dead letter; see queue-worker dead show {id}")));
    }
    if let Some(record) = queue.record(id).await? {
        let attempt = record.next_attempt();
        return Ok(no_result(format!("it waits for attempt {attempt}, or is in hand")));
    }
    let claim = id.rsplit_once('-').map_or("", |(claim, _)| claim);
    if queue.is_claimed(claim).await? {
        return Ok(no_result("it is in hand, or was until a moment ago".to_owned()));
    }
    if !queue.status(0).await?.exists() {
        return Ok(no_queue(queue).await);
    }
    Ok(no_result(
        "there is no such task, or its result was not kept (--results none, --results-limit, \
         --results-ttl, purge --results)"
            .to_owned(),
    ))
}
